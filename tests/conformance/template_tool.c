/* Write every template that a definition can ask for into a folder, for a judge that we did not
 * write: template-tool DIR. A line per file: its name and size. */
#include <stdio.h>
#include <stdlib.h>

#include "core/deploy/template.h"

enum { ENVIRONMENTS = 25, TEXT_MAX = 8 * 1024 * 1024, PATH_SIZE = 4096 };

static char names[ENVIRONMENTS][16];
static char accounts[ENVIRONMENTS][16];
static struct environment targets[ENVIRONMENTS];
static const struct environment *target_list[ENVIRONMENTS];
static struct definition_stage stages[ENVIRONMENTS];

static void fail(const char *what)
{
    fprintf(stderr, "template-tool: %s\n", what);
    exit(1);
}

static void fill(void)
{
    static const char *const well_known[] = {"dev", "test", "val", "prod"};

    for (size_t i = 0; i < ENVIRONMENTS; i++) {
        if (i < ARRAY_LEN(well_known))
            snprintf(names[i], sizeof names[i], "%s", well_known[i]);
        else
            snprintf(names[i], sizeof names[i], "stage-%02zu", i);
        snprintf(accounts[i], sizeof accounts[i], "2222222222%02zu", i);
        targets[i] = (struct environment){
            .name = sv_of(names[i]),
            .account = sv_of(accounts[i]),
            .region = SV("eu-west-1"),
            .stage = sv_of(names[i]),
            .team = SV("analytics"),
            .bootstrap = i == 2 ? BOOTSTRAP_DDK : BOOTSTRAP_CDK,
            .qualifier = SV("hnb659fds"),
            .ddk_prefix = SV("ddk"),
        };
        target_list[i] = &targets[i];
    }
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
    struct variable variables[] = {{SV("LOG_LEVEL"), SV("info ${NotAReference} \"quoted\"")}};
    struct tag tags[] = {{SV("cost"), SV("center")}};
    struct environment cicd = {
        .name = SV("cicd"),
        .kind = ENVIRONMENT_CICD,
        .account = SV("111111111111"),
        .region = SV("eu-west-1"),
        .qualifier = SV("hnb659fds"),
        .boundary = boundary ? SV("arn:aws:iam::111111111111:policy/limits") : SV(""),
    };
    struct definition d = {
        .name = SV("orders"),
        .description = SV("From raw orders to the curated ones"),
        .tags = tags,
        .tag_count = 1,
        .cicd = SV("cicd"),
        .team = SV("analytics"),
        .strategy = strategy,
        .source = source,
        .connection_arn = SV("arn:aws:codeconnections:eu-west-1:111111111111:connection/"
                             "3c4b2a1d-0000-4000-8000-123456789abc"),
        .repository = source == SOURCE_CODECOMMIT ? SV("orders") : SV("example/orders"),
        .stages = stages,
        .stage_count = count,
        .variables = variables,
        .variable_count = 1,
    };
    struct blueprint b = {.definition = &d, .cicd = &cicd, .targets = target_list};
    struct err err = {0};
    char name[128];
    cJSON *tree = NULL;

    for (size_t i = 0; i < count; i++)
        stages[i] = (struct definition_stage){
            .stage = targets[i].stage, .environment = targets[i].name, .approval = approval};
    if (template_cicd(&b, &tree, &err))
        fail(err.text);
    snprintf(name, sizeof name, "%s-%s-%s-%s-%02zu", strategy_word(strategy), source_word(source),
             approval ? "approval" : "straight", boundary ? "boundary" : "free", count);
    write_tree(dir, name, tree);
}

static void write_all_cicd(const char *dir)
{
    static const size_t counts[] = {1, 2, 4, ENVIRONMENTS};

    for (int bits = 0; bits < 16; bits++) {
        for (size_t i = 0; i < ARRAY_LEN(counts); i++)
            write_cicd(dir, bits & 1 ? STRATEGY_GITFLOW : STRATEGY_TRUNK,
                       bits & 2 ? SOURCE_CONNECTION : SOURCE_CODECOMMIT, (bits & 4) != 0,
                       (bits & 8) != 0, counts[i]);
    }
}

static void write_bootstrap(const char *dir, const char *name, const struct environment *e)
{
    struct err err = {0};
    cJSON *tree = NULL;

    if (template_bootstrap(e, &tree, &err))
        fail(err.text);
    write_tree(dir, name, tree);
}

int main(int argc, char **argv)
{
    struct environment bounded;

    if (argc != 2)
        fail("say into which folder");
    fill();
    write_all_cicd(argv[1]);
    write_bootstrap(argv[1], "bootstrap-cdk", &targets[0]);
    write_bootstrap(argv[1], "bootstrap-ddk", &targets[2]);
    bounded = targets[0];
    bounded.boundary = SV("arn:aws:iam::222222222200:policy/limits");
    write_bootstrap(argv[1], "bootstrap-cdk-boundary", &bounded);
    bounded.boundary = SV("arn:aws:iam::aws:policy/PowerUserAccess");
    write_bootstrap(argv[1], "bootstrap-cdk-aws-boundary", &bounded);
    return 0;
}
