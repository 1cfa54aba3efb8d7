# shellcheck shell=bash
# Sourced by bin/setup: Debian's Node and npm for a machine that has neither, unpacked and not installed, to fetch the
# Node we want with. Both are deleted afterwards.

# shellcheck source=bin/toolchain/unpack-debian.sh
. "${BASH_SOURCE[0]%/*}/unpack-debian.sh"

# borrow_npm FOLDER: sets NPM to the words of a command that runs npm. Prints why where it cannot.
borrow_npm() {
  local tree=$1/root library
  unpack_debian "$1/apt" "$tree" nodejs npm || return 1
  local lib=$tree/usr/lib/x86_64-linux-gnu share=$tree/usr/share/nodejs
  library=$(readlink -f "$lib"/libnode.so.*) && lend_scripts "$library" "$share" || return 1
  NPM=(env "LD_LIBRARY_PATH=$lib:$tree/lib/x86_64-linux-gnu" "NODE_PATH=$share"
    "$tree/usr/bin/node" "$share/npm/bin/npm-cli.js")
}

# Debian's Node reads some scripts of its own from /usr/share/nodejs, a path written into its library. In our copy of
# the library that path becomes a folder of links, whose name has to be as long.
lend_scripts() { # LIBRARY FOLDER
  local path=/usr/share/nodejs
  LENT=$(mktemp -d /tmp/XXXXXXXXXXXX) && [[ ${#LENT} == "${#path}" ]] || return 1
  ln -s "$2"/* "$LENT"
  LC_ALL=C sed -i "s#$path/#$LENT/#g" "$1"
}

return_npm() { # FOLDER
  rm -rf "$1" ${LENT:+"$LENT"}
}
