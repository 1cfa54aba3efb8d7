# shellcheck shell=bash
# Sourced by bin/setup and bin/fetch-test-servers: Debian packages downloaded and unpacked into a folder of ours. They
# are not installed, so this needs no root, changes nothing on the machine and starts no service.

# Packages whose files must come from the running system, or that nobody here uses.
readonly LEAVE_OUT='^(libc6|libgcc-s1|libstdc\+\+6|gcc-.*-base|libllvm.*|perl.*|libperl.*|debconf.*|dpkg|ssl-cert|adduser|init-system-helpers|sysvinit-utils|lsb-base|netbase|ucf|sensible-utils|ca-certificates.*|passwd)$'

# unpack_debian STATE TARGET PACKAGE…: the packages and whatever they need that is not installed, unpacked into TARGET.
# STATE keeps our own copy of apt's lists, used where the machine's are missing or too old. Prints why it failed.
unpack_debian() {
  local state=$1 target=$2
  shift 2
  [[ ! -e $target/.complete ]] || return 0
  if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
    printf 'needs %s, which is fetched by apt-get, on Debian or Ubuntu only\n' "$*" >&2
    return 1
  fi
  local work=$target.new deb
  rm -rf "$work" "$target"
  mkdir -p "$work/deb"
  if ! download_debian "$work/deb" "$@"; then
    local options=()
    mapfile -t options < <(own_apt_options "$state")
    refresh_apt_lists "$state" "${options[@]}" || return 1
    status_without "$@" >"$work/status"
    APT_OPTIONS=("${options[@]}" -o "Dir::State::status=$work/status")
    download_debian "$work/deb" "$@" || {
      printf 'apt-get could not download %s\n' "$*" >&2
      return 1
    }
  fi
  for deb in "$work"/deb/*.deb; do dpkg-deb -x "$deb" "$work" || return 1; done
  rm -rf "$work/deb" "$work/status"
  : >"$work/.complete"
  mv "$work" "$target"
}

APT_OPTIONS=()

download_debian() { # FOLDER PACKAGE…
  local folder=$1 names
  shift
  names=$(missing_packages "$@")
  # shellcheck disable=SC2086 # one word a package
  [[ -n $names ]] && (cd "$folder" && apt-get "${APT_OPTIONS[@]}" -qq download $names)
}

missing_packages() { # PACKAGE…: their names and those of their dependencies that are not installed
  apt-get "${APT_OPTIONS[@]}" -s --no-install-recommends -o Debug::NoLocking=1 install "$@" 2>/dev/null |
    awk -v asked=" $* " '$1 == "Inst" && (index(asked, " " $2 " ") || $3 !~ /^\[/) { print $2 }' |
    grep -vE "$LEAVE_OUT"
}

own_apt_options() { # STATE
  mkdir -p "$1/state/lists/partial" "$1/cache/archives/partial"
  printf '%s\n' -o "Dir::State=$1/state" -o Dir::State::status=/var/lib/dpkg/status -o "Dir::Cache=$1/cache" \
    -o "APT::Sandbox::User=$(id -un)"
}

# What is installed here, without these packages: they are only asked for where what is installed cannot be used.
status_without() { # PACKAGE…
  awk -v asked=" $* " 'BEGIN { RS = ""; ORS = "\n\n" } { split($0, word, /[ \n]+/) } !index(asked, " " word[2] " ")' \
    /var/lib/dpkg/status
}

refresh_apt_lists() { # STATE apt option…: one update for all parts of a run
  local state=$1
  shift
  (
    flock 8
    [[ ! -e $state/.updated-$$ ]] || exit 0
    # Its words are shown only when it fails: hooks of the machine complain here for want of root.
    if ! words=$(apt-get "$@" -qq update 2>&1); then
      printf '%s\n' "$words" 'apt-get could not fetch its package lists; is the network there?' >&2
      exit 1
    fi
    rm -f "$state"/.updated-*
    : >"$state/.updated-$$"
  ) 8>"$state.lock"
}
