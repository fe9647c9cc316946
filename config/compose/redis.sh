#!/bin/sh
# Starts this machine's Redis: as a replica where the sentinels know of another master, so that one that comes back after a
# fail-over is never taken for the master; else the first one as the master, and the others as its replicas.
set -eu

own=$(hostname)
master=
for sentinel in sentinel-1 sentinel-2 sentinel-3; do
  # Two lines, address and port; an error, or nothing, where none is known.
  answer=$(timeout 3 redis-cli -h "$sentinel" -p 26379 SENTINEL GET-MASTER-ADDR-BY-NAME okws 2>/dev/null) || continue
  master=$(printf '%s\n' "$answer" | head -n 1)
  case $master in redis-*) break ;; *) master= ;; esac
done
[ -n "$master" ] || master=redis-1

set -- redis-server --dir /data --appendonly yes --save '' --replica-announce-ip "$own" --protected-mode no
[ "$master" = "$own" ] || set -- "$@" --replicaof "$master" 6379
echo "The master is $master"
exec "$@"
