import { z } from 'zod';
import { isRepositoryName } from '../domain/image-reference.ts';
import { globFault } from '../kit/glob.ts';
import { addFault, globSchema } from '../kit/schema-fields.ts';

const NAME_HINT =
  'Names are of lower case letters, digits, ".", "_", "-" and "/", such as acme/app, without host and tag.';

/** Which repositories of a registry are looked after. */
export const repositoriesField = z
  .array(globSchema)
  .min(1)
  .superRefine((globs, context) => {
    for (const [index, glob] of globs.entries()) {
      if (globs.indexOf(glob) < index) addFault(context, { message: `"${glob}" is there already` }, [index]);
      else if (!/[*?]/.test(glob) && globFault(glob) === undefined && !isRepositoryName(glob)) {
        addFault(context, { message: `no repository can be called "${glob}"`, hint: NAME_HINT }, [index]);
      }
    }
  })
  .default(['**'])
  .describe(
    'Which repositories are judged: globs over the name without the host, such as `acme/**`. Full names are also ' +
      'where a sweep looks in a registry that does not tell what lies in it.',
  );
