#!/bin/sh
# apt-install.sh PACKAGE...: install Debian packages, and leave no service of theirs running or due to start.
#
# Debian starts what it installs: postgresql would make a cluster and run it, redis-server would run now and at
# every boot. Only their programs are wanted here. So, for the length of this script, policy-rc.d forbids
# starting and createcluster.d forbids the cluster; redis-server's unit is switched off where it is new.
set -eu
export DEBIAN_FRONTEND=noninteractive

ours=
tidy() { for file in $ours; do rm -f "$file"; done; }
trap tidy EXIT
trap 'exit 1' INT TERM HUP

put() { # put FILE MODE TEXT: write FILE until this script ends, unless the machine has one
    [ ! -e "$1" ] || return 0
    mkdir -p "$(dirname "$1")"
    ours="$ours $1"
    printf '%s\n' "$3" >"$1"
    chmod "$2" "$1"
}

put /usr/sbin/policy-rc.d 755 '#!/bin/sh
exit 101'
case " $* " in *" postgresql "*)
    put /etc/postgresql-common/createcluster.d/only-programs.conf 644 'create_main_cluster = false' ;;
esac

had_redis=no
if dpkg -s redis-server >/dev/null 2>&1; then had_redis=yes; fi

apt-get -o DPkg::Lock::Timeout=120 update
apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends "$@"

if [ "$had_redis" = no ] && dpkg -s redis-server >/dev/null 2>&1; then
    update-rc.d redis-server disable || true
fi
