/* Write every kind of template into a folder, for a judge that we did not write: template-tool DIR.
 * A line per file: its name and size. */
#include <stdlib.h>

#include "tests/unit/deploy/template_case.h"

enum { TEXT_MAX = 8 * 1024 * 1024, PATH_SIZE = 4096 };

static void fail(const char *what)
{
    fprintf(stderr, "template-tool: %s\n", what);
    exit(1);
}

static void write_tree(const char *dir, const char *name, cJSON *tree)
{
    CLEANUP(sb_release) struct sb text;
    char path[PATH_SIZE];
    struct err err = {0};
    FILE *file;

    sb_init(&text, TEXT_MAX);
    if (template_text(tree, &text, &err))
        fail(err.text);
    cJSON_Delete(tree);
    snprintf(path, sizeof path, "%s/%s.json", dir, name);
    file = fopen(path, "w");
    if (file == NULL || fwrite(text.ptr, 1, text.len, file) != text.len || fclose(file) != 0)
        fail(path);
    printf("%s %zu\n", name, text.len);
}

static void write_cicd(const char *dir, enum strategy strategy, enum source_kind source,
                       bool approval, bool boundary, size_t count)
{
    static struct template_case c;
    struct err err = {0};
    char name[128];
    cJSON *tree = NULL;

    case_fill(&c, strategy, source, count);
    for (size_t i = 0; i < count; i++)
        c.stages[i].approval = approval;
    if (boundary)
        c.cicd.boundary = SV("arn:aws:iam::111111111111:policy/limits");
    if (count > 2)
        c.targets[2].bootstrap = BOOTSTRAP_DDK;
    if (template_cicd(&c.blueprint, &tree, &err))
        fail(err.text);
    snprintf(name, sizeof name, "%s-%s-%s-%s-%02zu", strategy_word(strategy), source_word(source),
             approval ? "approval" : "straight", boundary ? "boundary" : "free", count);
    write_tree(dir, name, tree);
}

static void write_all_cicd(const char *dir)
{
    static const size_t counts[] = {1, 2, 4, 25};

    for (int bits = 0; bits < 16; bits++) {
        for (size_t i = 0; i < ARRAY_LEN(counts); i++)
            write_cicd(dir, bits & 1 ? STRATEGY_GITFLOW : STRATEGY_TRUNK,
                       bits & 2 ? SOURCE_CONNECTION : SOURCE_CODECOMMIT, (bits & 4) != 0,
                       (bits & 8) != 0, counts[i]);
    }
}

static void write_bootstrap(const char *dir, enum bootstrap dialect, struct sv boundary,
                            const char *name)
{
    struct environment e = case_environment(SV("dev"), SV("222222222222"));
    struct err err = {0};
    cJSON *tree = NULL;

    e.bootstrap = dialect;
    e.boundary = boundary;
    if (template_bootstrap(&e, &tree, &err))
        fail(err.text);
    write_tree(dir, name, tree);
}

int main(int argc, char **argv)
{
    struct sv own = SV("arn:aws:iam::222222222222:policy/limits");

    if (argc != 2)
        fail("say into which folder");
    write_all_cicd(argv[1]);
    write_bootstrap(argv[1], BOOTSTRAP_CDK, SV(""), "bootstrap-cdk");
    write_bootstrap(argv[1], BOOTSTRAP_CDK, own, "bootstrap-cdk-boundary");
    write_bootstrap(argv[1], BOOTSTRAP_CDK, SV("arn:aws:iam::aws:policy/PowerUserAccess"),
                    "bootstrap-cdk-boundary-of-aws");
    write_bootstrap(argv[1], BOOTSTRAP_DDK, SV(""), "bootstrap-ddk");
    write_bootstrap(argv[1], BOOTSTRAP_DDK, own, "bootstrap-ddk-boundary");
    return 0;
}
