#!/bin/sh
# cfn-lint over every kind of template: template_cfnlint.sh TEMPLATE-TOOL SOURCE-DIR. Exit 77 when it
# is not installed. Warnings fail too, but for those listed here with their reason.
#   W2001  a parameter that the template does not use: BootstrapVariant, which only the CDK's CLI
#          reads.
set -eu
tool=$1 source=$2
lint=
if command -v cfn-lint >/dev/null && cfn-lint --version >/dev/null 2>&1; then
    lint=cfn-lint
fi
for python in python3 /usr/bin/python3; do
    if [ -z "$lint" ] && "$python" -c 'import cfnlint.runner' 2>/dev/null; then
        lint=$python
    fi
done
if [ -z "$lint" ]; then
    echo "skipped: no cfn-lint"
    exit 77
fi
judge() {
    case $lint in
        cfn-lint) cfn-lint --format parseable "$@" ;;
        *) "$lint" -c 'import sys; from cfnlint.runner import main; sys.exit(main())' \
               --format parseable "$@" ;;
    esac
}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
"$tool" "$out" >/dev/null
failed=0
for part in trunk gitflow bootstrap; do
    judge --ignore-checks W2001 -- "$out/$part"*.json || failed=1
done
judge -- "$source"/assets/starters/cloudformation/template.yaml || failed=1
exit $failed
