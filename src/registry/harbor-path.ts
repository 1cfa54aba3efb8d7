/**
 * Where the artifacts of a repository are in the API of a Harbor, behind `/api/v2.0/`. The name of a repository behind
 * its project is encoded twice: Harbor decodes the path before it takes it apart.
 */
export function artifactsPath(repository: string): string {
  const slash = repository.indexOf('/');
  const [project, rest] = [repository.slice(0, Math.max(0, slash)), repository.slice(slash + 1)];
  const name = encodeURIComponent(encodeURIComponent(rest));
  return `projects/${encodeURIComponent(project)}/repositories/${name}/artifacts`;
}
