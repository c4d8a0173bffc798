
# The rest is the same in every hook. No `set -e`: a step that fails must not keep the next one away.

home=${HOME:-/User}
service=${JUPYTER_FULLNAME:-jupyter}
service=${service//[^A-Za-z0-9._-]/_}

installed() { # PACKAGE[=VERSION]: whether it is there, in that version
    local name=${1%%=*} found
    # shellcheck disable=SC2016  # dpkg-query replaces these, not the shell
    found=$(dpkg-query -W -f='${db:Status-Status} ${Version}\n' -- "$name" 2>/dev/null | head -n 1)
    case $found in
    "installed "*) [ "$name" = "$1" ] || [ "$found" = "installed ${1#*=}" ] ;;
    *) return 1 ;;
    esac
}

apt_get() {
    local become=()
    [ "$(id -u)" = 0 ] || become=(sudo -n)
    # Without the last option a name that does not exist is a pattern: `hel.o` installs what it matches.
    "${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y \
        -o DPkg::Lock::Timeout=60 -o Acquire::Retries=3 -o APT::Cmd::Pattern-Only=true "$@"
}

# shellcheck disable=SC2329  # `install` calls it
apt_install() { apt_get install --no-install-recommends -- "$@"; }

# shellcheck disable=SC2329  # `install` calls it
pip_install() { python3 -m pip install --no-input --disable-pip-version-check -- "$@"; }

install() { # INSTALLER PACKAGE...: all at once, else one by one, so that one that fails keeps no other away
    local installer=$1 package status=0
    shift
    "$installer" "$@" && return
    [ $# -gt 1 ] || return 1
    for package in "$@"; do
        "$installer" "$package" || status=1
    done
    return "$status"
}

activate() { # the environment that packages go to; without conda, the Python of the PATH
    local conda
    for conda in "${CONDA_HOME:-}" "${CONDA_DIR:-}" /conda /opt/conda; do
        if [ -n "$conda" ] && [ -f "$conda/bin/activate" ]; then
            # shellcheck disable=SC1091  # a file of the image
            . "$conda/bin/activate" "$environment"
            return
        fi
    done
    echo "no conda here: packages go to $(command -v python3)"
}

link_into() { # FROM TO: a link for each entry that is not there itself; a folder @scope holds entries of its own
    local entry name status=0
    [ -d "$1" ] || return 0
    mkdir -p "$2" || return
    for entry in "$1"/*; do
        name=${entry##*/}
        if [[ $name == @* ]]; then
            link_into "$entry" "$2/$name" || status=1
        elif [ -e "$entry" ] && { [ -L "$2/$name" ] || [ ! -e "$2/$name" ]; }; then
            ln -sfn "$entry" "$2/$name" || status=1
        fi
    done
    return "$status"
}

apt_step() {
    local package missing=()
    for package in "${apt_packages[@]}"; do
        installed "$package" || missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        echo "already installed: ${apt_packages[*]}"
        return
    fi
    apt_get update
    install apt_install "${missing[@]}"
}

pip_step() { activate && install pip_install "${pip_packages[@]}"; }

extensions_step() {
    local status
    activate && install pip_install "${extensions[@]}"
    status=$?
    # pip installs below PIP_PREFIX, where JupyterLab does not look.
    if [ -n "${PIP_PREFIX:-}" ]; then
        link_into "$PIP_PREFIX/share/jupyter/labextensions" \
            "${JUPYTER_DATA_DIR:-$home/.local/share/jupyter}/labextensions" || status=1
        link_into "$PIP_PREFIX/etc/jupyter/jupyter_server_config.d" \
            "${JUPYTER_CONFIG_DIR:-$home/.jupyter}/jupyter_server_config.d" || status=1
    fi
    return "$status"
}

command_step() { exec /bin/bash -c "${commands[$1]}" startup-hook; } # where nothing of this file is defined

# Each step is a process of its own: this file, called so.
if [ "${1-}" = --step ]; then
    case $2 in
    apt) apt_step ;;
    pip) pip_step ;;
    extensions) extensions_step ;;
    command) command_step "$3" ;;
    esac
    exit
fi

folder=$home/.igz
log=$folder/startup-hook.$service.log
if ! { mkdir -p "$folder" && : >>"$log"; } 2>/dev/null; then
    folder=$(mktemp -d)
    echo "startup-hook: $log cannot be written; the log is in $folder"
    log=$folder/startup-hook.$service.log
fi
[ ! -f "$log" ] || [ "$(wc -c <"$log")" -le 1048576 ] || mv -f "$log" "$log.1"

began=$(date -u +%Y-%m-%dT%H:%M:%SZ)
count=0
failed=0
steps=
failures=

write_status() { # ENDED: as JSON; who reads it finds the old state or the new one
    local file=$folder/startup-hook.$service.json
    printf '{"service": "%s", "began": "%s", "ended": %s, "failed": %d, "steps": [%s]}\n' \
        "$service" "$began" "$1" "$failed" "$steps" >"$file.new" && mv -f "$file.new" "$file"
}

step() { # NAME STEP [NUMBER]: run it; what it says goes to the log
    local name=$1 start=$SECONDS limit=$((total_seconds - SECONDS)) status said before outcome
    shift
    [ "$limit" -le "$step_seconds" ] || limit=$step_seconds
    printf '=== %s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$name" >>"$log"
    before=$(wc -c <"$log")
    if [ "$limit" -le 0 ]; then
        status=124
        outcome="not begun: the hook's $total_seconds s are over"
    else
        # Through a pipe to this shell, a process that a step leaves behind would keep the hook waiting.
        { timeout --kill-after=10 "$limit" /bin/bash "$0" --step "$@" </dev/null >>"$log" 2>&1; } 2>/dev/null
        status=$?
        outcome="failed with exit code $status"
        [ $((SECONDS - start)) -lt "$limit" ] || outcome="stopped after $limit s"
    fi
    count=$((count + 1))
    steps+="${steps:+, }{\"step\": \"$name\", \"status\": $status, \"seconds\": $((SECONDS - start))}"
    if [ "$status" -eq 0 ]; then
        echo "startup-hook: $name: done ($((SECONDS - start)) s)"
    else
        failed=$((failed + 1))
        said=$(tail -c +$((before + 1)) "$log" | tail -n 20 | tr -d '\000' | sed 's/^/    /')
        said="startup-hook: $name: $outcome${said:+$'\n'$said}"
        printf '%s\n' "$said"
        failures+="$said"$'\n'
    fi
    write_status null
}

write_status null
[ ${#apt_packages[@]} -eq 0 ] || step "apt packages" apt
[ ${#pip_packages[@]} -eq 0 ] || step "pip packages" pip
[ ${#extensions[@]} -eq 0 ] || step "extensions" extensions
for number in "${!commands[@]}"; do
    step "command $((number + 1))" command "$number"
done
write_status "\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\""

# Nobody reads the log of a pod that runs: failures also stand where the file browser shows them.
notice=$home/startup-hook-failed.$service.txt
if [ "$failed" -eq 0 ]; then
    rm -f "$notice"
    exit 0
fi
summary="startup-hook: $failed of $count steps failed; everything they said is in $log"
echo "$summary"
printf '%s%s\n' "$failures" "$summary" >"$notice"
exit 1
