#!/bin/sh
# Lets tshark read what the programs capture: each frame must be well formed and
# each checksum right. Lets it and bin/explain read the same captures, in all
# forms that the tools of Wireshark write. Lets dig ask the name server of 209.
# Prints a line for each capture, and in the end "N passed, N failed". Without
# tshark or dig, or where the system allows no capture, it says so.
#
# judges.sh --measure N makes a capture of N million bytes, and prints how fast
# bin/explain reads it, in MB a second of the clock and of the processor, and
# with how much memory.
set -u
BIN=${BIN:-bin} WORK=build/judges
passed=0 failed=0
mkdir -p $WORK

verdict() { # 0: good; what
    if [ "$1" = 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $2"
    fi
}

read_capture() { # a file, a display filter: prints a line for each frame
    tshark -r "$1" -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE \
        -o udp.check_checksum:TRUE -Y "$2" 2>/dev/null
}

# An ICMP error quotes a datagram as the kernel had it. On a loopback the kernel
# does not compute its checksum.
BAD='_ws.malformed or ip.checksum.status == "Bad" or
     icmp.checksum.status == "Bad" or tcp.checksum.status == "Bad" or
     (udp.checksum.status == "Bad" and not icmp and not icmpv6)'

count_bad() {
    read_capture "$1" "$BAD" | wc -l
}

# Could tshark have complained? It must, about a frame whose last byte is wrong.
check_judge() { # a capture
    size=$(wc -c <"$1")
    head -c $((size - 1)) "$1" >$WORK/wrong.pcap
    tail -c 1 "$1" | tr '\000-\377' '\001-\377\000' >>$WORK/wrong.pcap
    [ "$(count_bad $WORK/wrong.pcap)" = 1 ]
    verdict $? "tshark does not notice a wrong byte in $1"
}

check_captures() {
    for source in tcp/[0-9]*.c udp/[0-9]*.c packets/[0-9]*.c; do
        grep -qE '"tcp/(ladder|raw_host).h"' "$source" || continue
        name=$(basename "$source" .c)
        file=$WORK/$name.pcap
        "$BIN/$name" --pcap "$file" >$WORK/output
        if ! grep -q '^wire: captured' $WORK/output; then
            echo "SKIPPED: $name captures nothing on this system"
            continue
        fi
        frames=$(read_capture "$file" frame | wc -l) bad=$(count_bad "$file")
        echo "$name: tshark reads $frames frames, and objects to $bad"
        [ "$frames" -gt 0 ] && [ "$bad" = 0 ]
        verdict $? "$file"
        check_same "$file" "of $name"
        first=${first:-$file}
    done
    [ -z "${first:-}" ] || check_judge "$first"
}

# --- captures as files ---

by_tshark() { # a capture: a line of time and length for each packet
    tshark -r "$1" -T fields -e frame.time_epoch -e frame.len 2>/dev/null |
        tr '\t' ' '
}

by_explain() {
    "$BIN/explain" --json --layer 1 "$1" 2>/dev/null |
        sed -n 's/^{"packet":[0-9]*,"time":"\([0-9.]*\)","length":\([0-9]*\).*/\1 \2/p'
}

# The bytes of all TCP streams, in order, as both put them together.
stream_bytes() { # a capture
    last=$(tshark -r "$1" -T fields -e tcp.stream 2>/dev/null | sort -n | tail -1)
    for i in $(seq 0 "${last:--1}"); do
        tshark -r "$1" -q -z "follow,tcp,raw,$i" 2>/dev/null |
            grep -E '^[[:space:]]*[0-9a-f]+$' | tr -d '[:space:]'
    done | wc -c | awk '{ print $1 / 2 }'
}

check_packets() { # a capture, what it is
    by_tshark "$1" >$WORK/theirs
    by_explain "$1" >$WORK/ours
    [ -s $WORK/ours ] && cmp -s $WORK/theirs $WORK/ours
    verdict $? "tshark and explain read other packets in $1, $2"
}

check_same() { # a capture, what it is
    check_packets "$1" "$2"
    ours=$("$BIN/explain" --summary "$1" 2>/dev/null | awk '/bytes in order/ { print $4 }')
    theirs=$(stream_bytes "$1")
    [ "$ours" = "$theirs" ]
    verdict $? "$theirs and $ours bytes of streams in $1, $2"
}

check_forms() {
    before=$passed
    for i in 1 2 3 4; do
        "$BIN/314_capture" --write $i >$WORK/form$i
        check_same $WORK/form$i "as 314 writes it"
        [ "$(tshark -r $WORK/form$i 2>&1 | grep -ciE 'cut short|malformed|damaged|error')" = 0 ]
        verdict $? "tshark complains about $WORK/form$i"
        for form in pcap nsecpcap pcapng; do
            editcap -F $form $WORK/form$i $WORK/other 2>/dev/null || continue
            check_same $WORK/other "$form of editcap"
        done
        editcap -s 60 $WORK/form$i $WORK/other
        check_packets $WORK/other "with a snap length of 60"
        size=$(wc -c <$WORK/form$i)
        head -c $((size - 7)) $WORK/form$i >$WORK/other
        check_packets $WORK/other "without its tail"
    done
    mergecap -a -I none -w $WORK/other $WORK/form1 $WORK/form2 $WORK/form3
    check_packets $WORK/other "with three interfaces"
    echo "314_capture: tshark agrees with $((passed - before)) readings"
}

# Reads a large capture: headers only, and explained in full.
measure() { # millions of bytes
    "$BIN/314_capture" --write 1 >$WORK/large
    tail -c +25 $WORK/large >$WORK/part
    while [ "$(wc -c <$WORK/part)" -lt 4000000 ]; do
        cat $WORK/part $WORK/part >$WORK/twice && mv $WORK/twice $WORK/part
    done
    while [ "$(wc -c <$WORK/large)" -lt "$1"000000 ]; do
        cat $WORK/part $WORK/part $WORK/part $WORK/part >>$WORK/large
    done
    size=$(wc -c <$WORK/large)
    for option in --summary --check; do
        begin=$(date +%s%N)
        "$BIN/explain" $option $WORK/large >$WORK/output &
        reader=$! peak=unknown ticks=1
        while kill -0 $reader 2>/dev/null; do
            now=$(sed -n 's/^VmHWM: *//p' /proc/$reader/status 2>/dev/null)
            peak=${now:-$peak}
            now=$(awk '{ print $14 + $15 }' /proc/$reader/stat 2>/dev/null)
            ticks=${now:-$ticks}
            sleep 0.1
        done
        awk -v n="$size" -v ns=$(($(date +%s%N) - begin)) \
            -v ticks="$ticks" -v hz="$(getconf CLK_TCK)" \
            -v text="explain $option" -v peak="$peak" 'BEGIN {
            printf "%s: %.0f MB/s, %.0f in a second of the processor, at most %s\n",
                text, n * 1000 / ns, n / 1e6 * hz / ticks, peak
        }'
    done
    rm $WORK/large $WORK/part
}

# The frames of a simulated network are as good as captured ones.
check_simulated() {
    for source in packets/[0-9]*.c; do
        grep -q '"tcp/sniffer.h"' "$source" || continue
        name=$(basename "$source" .c)
        file=$WORK/$name.pcap
        "$BIN/$name" --pcap "$file" >$WORK/output
        frames=$(read_capture "$file" frame | wc -l) bad=$(count_bad "$file")
        echo "$name: tshark reads $frames frames, and objects to $bad"
        [ "$frames" -gt 0 ] && [ "$bad" = 0 ]
        verdict $? "$file"
    done
}

# Asks with dig: prints the status, the flags, name, type and data of each
# answer, and each complaint of dig about the packet, all in one line.
dig_line() { # words of dig
    dig @127.0.0.1 -p "$port" +notcp +ignore +norecurse +tries=1 +time=5 "$@" |
        awk '/^[^;]/ { print $1, $4, $5 }
             /status:/ { sub(/.*status: /, ""); sub(/,.*/, ""); print }
             /flags: qr/ { sub(/.*flags: /, ""); sub(/;.*/, ""); print }
             /[Mm]alformed|extra bytes|mismatch|WARNING/' |
        tr '\n' ' ' | sed 's/ $//'
}

check_dig() { # what dig_line must print, words of dig
    want=$1
    shift
    got=$(dig_line "$@")
    [ "$got" = "$want" ]
    verdict $? "dig $*: '$got' instead of '$want'"
}

ask_with_dig() {
    www='www.example. CNAME host.example. host.example.'
    many=$(seq 100 129 | sed 's/^/ many.example. A 192.0.2./' | tr -d '\n')
    before=$passed
    check_dig "NOERROR qr aa $www A 192.0.2.10" www.example
    check_dig "NOERROR qr aa $www A 192.0.2.10" +noedns www.example
    check_dig "NOERROR qr aa $www AAAA 2001:db8::10" www.example AAAA
    check_dig "NOERROR qr aa ${www% *}" www.example CNAME
    check_dig 'NOERROR qr aa' host.example MX
    check_dig "NOERROR qr aa tc$many" +noedns many.example
    check_dig 'NXDOMAIN qr aa' nobody.example
    check_dig 'REFUSED qr' host.other
    check_dig 'SERVFAIL qr aa' ring.example
    check_dig 'NOTIMP qr' +opcode=STATUS host.example
    check_dig 'BADVERS qr' +edns=1 +noednsneg host.example
    echo "209_dns: dig agrees with $((passed - before)) replies"
}

check_dns() {
    : >$WORK/output
    "$BIN/209_dns" --serve --port 0 >$WORK/output &
    server=$! tries=0
    until grep -q '^listening on' $WORK/output || [ $tries = 50 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    port=$(sed 's/.*://' $WORK/output)
    ask_with_dig
    kill $server
    wait $server
    verdict $? '209_dns does not end with 0'
}

if [ "${1:-}" = --measure ]; then
    measure "$2"
    exit
fi
if command -v dig >/dev/null; then
    check_dns
else
    echo "SKIPPED: dig is not here"
fi
if command -v tshark >/dev/null; then
    check_captures
    check_forms
    check_simulated
else
    echo "SKIPPED: tshark is not here"
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
