#!/bin/sh
# Starts a sentinel. What it has learned is written into its own file, which is made once.
set -eu

file=/data/sentinel.conf
if [ ! -s "$file" ]; then
  cat >"$file" <<EOF
port 26379
dir /data
protected-mode no
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip $(hostname)
sentinel monitor okws redis-1 6379 2
sentinel down-after-milliseconds okws 2000
sentinel failover-timeout okws 10000
EOF
fi
exec redis-server "$file" --sentinel
