#!/bin/sh
# Print a man page or a completion script for the program $2, made from what its --help says:
# lines "  --name ARGUMENT  text", and indented lines that continue the text.  $1: man bash zsh fish.
set -eu
kind=$1
program=$2
name=$(basename "$program")
help=$("$program" --help)

# name, argument, text: one option per line, separated by tabs.
rows() {
    printf '%s\n' "$help" | awk '
        function flush() { if (name != "") printf "%s\t%s\t%s\n", name, argument, text; name = "" }
        /^ *--[a-z]/ {
            flush()
            line = $0; sub(/^ *--/, "", line)
            match(line, /  +/)
            head = RSTART > 0 ? substr(line, 1, RSTART - 1) : line
            text = RSTART > 0 ? substr(line, RSTART + RLENGTH) : ""
            at = match(head, /[ =]/)
            name = at > 0 ? substr(head, 1, at - 1) : head
            argument = at > 0 ? substr(head, at + 1) : ""
            next
        }
        /^ +[^ ]/ && name != "" { sub(/^ +/, ""); text = text (text == "" ? "" : " ") $0; next }
        { flush() }
        END { flush() }'
}

man() {
    printf '.TH %s 1\n.SH NAME\n%s \\- AWS on loopback, as far as penstock needs it\n' \
        "$(printf %s "$name" | tr '[:lower:]' '[:upper:]')" "$(printf %s "$name" | sed 's/-/\\-/g')"
    printf '.SH SYNOPSIS\n.B %s\n[\\fIOPTION\\fR...]\n.SH DESCRIPTION\n' "$name"
    printf 'A server on 127.0.0.1 that behaves as the parts of AWS that penstock uses, with pipelines\n'
    printf 'whose executions progress. It verifies every signature and can misbehave on demand.\n'
    printf '.SH OPTIONS\n'
    rows | sed 's/\\/\\e/g; s/-/\\-/g' |
        awk -F '\t' '{ printf ".TP\n\\fB\\-\\-%s\\fR", $1; if ($2 != "") printf " \\fI%s\\fR", $2; printf "\n\\&%s\n", $3 }'
    printf '.SH FAULTS\n.nf\n'
    printf '%s\n' "$help" | sed -n '/^Fault kinds:/,$p' | sed '1d; s/\\/\\e/g; s/-/\\-/g; s/^/\\\&/'
    printf '.fi\n.SH "SEE ALSO"\n.BR penstock (1)\n'
}

bash() {
    printf "complete -W '%s' -o default %s\n" "$(rows | cut -f1 | sed 's/^/--/' | tr '\n' ' ')" "$name"
}

zsh() {
    printf '#compdef %s\n_arguments' "$name"
    rows | sed "s/'/'\\\\''/g; s/[]:[]/\\\\&/g" | awk -F '\t' '{
        printf " \\\n    '\''--%s%s[%s]%s'\''", $1, $2 != "" ? "=" : "", $3, $2 != "" ? ":value:_files" : "" }'
    printf '\n'
}

fish() {
    rows | sed "s/\\\\/\\\\\\\\/g; s/'/\\\\'/g" | awk -F '\t' -v p="$name" '{
        printf "complete -c %s -l %s%s -d '\''%s'\''\n", p, $1, $2 != "" ? " -r" : "", $3 }'
}

"$kind"
