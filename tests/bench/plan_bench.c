/* plan_bench trunk|gitflow ENVIRONMENTS TURNS: milliseconds for the pure part of a plan, from the
 * file's text to the texts that are sent: definition read and checked, template, ddk.json and the
 * first files. And, turn by turn, for bare cJSON to build and print trees that equal the finished
 * ones: what any way of making them has to do. */
#include "bench.h"

#include "core/deploy/template.h"

enum { TEXT_MAX = 32 << 20, ENVIRONMENTS = STAGES_GITFLOW_MAX, ROW_SIZE = 32 };

struct place {
    char names[ENVIRONMENTS][ROW_SIZE];
    char accounts[ENVIRONMENTS][ROW_SIZE];
    struct environment environments[ENVIRONMENTS + 1]; /* the last is the CICD one */
    size_t count;
    struct sb file;
};

static struct defects defects; /* too large for a stack */

static struct environment environment(const char *name, const char *account,
                                      enum environment_kind kind)
{
    return (struct environment){.name = sv_of(name),
                                .kind = kind,
                                .account = sv_of(account),
                                .region = SV("eu-west-1"),
                                .profile = SV(""),
                                .role_arn = SV(""),
                                .external_id = SV(""),
                                .stage = SV(""),
                                .team = SV("analytics"),
                                .qualifier = SV("hnb659fds"),
                                .ddk_prefix = SV(""),
                                .boundary = SV("")};
}

static void fill(struct place *p, const char *strategy, size_t count)
{
    struct err err;

    p->count = count;
    sb_init(&p->file, TEXT_MAX);
    bench_must(sb_addf(&p->file, &err,
                       "{\"schema\":1,\"name\":\"orders\",\"description\":\"From raw to curated\","
                       "\"tags\":{\"cost\":\"center\"},\"cicd\":\"tools\",\"team\":\"analytics\","
                       "\"strategy\":\"%s\",\"variables\":{\"LOG_LEVEL\":\"info\"},"
                       "\"environments\":[",
                       strategy),
               "file", &err);
    for (size_t i = 0; i < count; i++) {
        bool is_prod = i + 1 == count;

        snprintf(p->names[i], ROW_SIZE, is_prod ? "prod" : "stage-%02zu", i);
        snprintf(p->accounts[i], ROW_SIZE, "2222222222%02zu", i);
        p->environments[i] = environment(p->names[i], p->accounts[i], ENVIRONMENT_TARGET);
        /* Trunk's 50 stages: a source, 25 deploys, 24 approvals. */
        bench_must(sb_addf(&p->file, &err,
                           "%s{\"stage\":\"%s\",\"environment\":\"%s\",\"approval\":%s}",
                           i == 0 ? "" : ",", p->names[i], p->names[i], i == 0 ? "false" : "true"),
                   "file", &err);
    }
    p->environments[count] = environment("tools", "111111111111", ENVIRONMENT_CICD);
    bench_must(sb_add(&p->file, SV("]}"), &err), "file", &err);
}

static void plan(const struct place *p, struct sb *template_out, struct sb *ddk_out)
{
    const struct environment *targets[ENVIRONMENTS];
    struct repository_file *files;
    struct definition d;
    struct blueprint b = {&d, &p->environments[p->count], targets};
    struct arena arena;
    struct err err;
    cJSON *tree = NULL;
    size_t count;

    defects = (struct defects){0};
    arena_init(&arena, TEXT_MAX);
    bench_must(definition_read(sb_sv(&p->file), &arena, &d, &defects, &err), "read", &err);
    definition_check(&d, p->environments, p->count + 1, &defects);
    bench_must(defects_err(&defects, &err), "check", &err);
    for (size_t i = 0; i < d.stage_count; i++)
        targets[i] = environment_find(p->environments, p->count + 1, d.stages[i].environment);
    bench_must(template_cicd(&b, &tree, &err), "template", &err);
    bench_must(template_text(tree, template_out, &err), "text", &err);
    cJSON_Delete(tree);
    bench_must(ddk_json(&b, ddk_out, &err), "ddk.json", &err);
    bench_must(starter_files(&b, &arena, &files, &count, &err), "files", &err);
    arena_release(&arena);
}

/* ---- the floor ---- */

static cJSON *rebuild(const cJSON *from)
{
    cJSON *made;

    if (cJSON_IsString(from))
        return cJSON_CreateString(from->valuestring);
    if (cJSON_IsNumber(from))
        return cJSON_CreateNumber(from->valuedouble);
    if (cJSON_IsBool(from))
        return cJSON_CreateBool(cJSON_IsTrue(from));
    made = cJSON_IsArray(from) ? cJSON_CreateArray() : cJSON_CreateObject();
    for (const cJSON *item = from->child; item != NULL; item = item->next) {
        if (cJSON_IsArray(from))
            cJSON_AddItemToArray(made, rebuild(item));
        else
            cJSON_AddItemToObject(made, item->string, rebuild(item));
    }
    return made;
}

static char *build_bare(const cJSON *like, bool is_pretty)
{
    cJSON *tree = rebuild(like);
    char *text = is_pretty ? cJSON_Print(tree) : cJSON_PrintUnformatted(tree);

    if (text == NULL)
        bench_end("bare cJSON cannot print", NULL);
    cJSON_Delete(tree);
    return text;
}

static cJSON *parse(const struct sb *text)
{
    cJSON *tree = cJSON_ParseWithLength(text->ptr, text->len);

    if (tree == NULL)
        bench_end("what was made is no JSON", NULL);
    return tree;
}

int main(int argc, char **argv)
{
    static struct place place;
    static double ours[1000];
    static double bare[1000];
    static double ratio[1000];
    size_t turns = (size_t)bench_number(argc > 3 ? argv[3] : NULL);
    struct sb template_out;
    struct sb ddk_out;
    cJSON *template_tree;
    cJSON *ddk_tree;
    char *text;

    fill(&place, argv[1], (size_t)bench_number(argv[2]));
    sb_init(&template_out, TEXT_MAX);
    sb_init(&ddk_out, TEXT_MAX);
    plan(&place, &template_out, &ddk_out);
    template_tree = parse(&template_out);
    ddk_tree = parse(&ddk_out);
    text = build_bare(template_tree, false);
    if (!sv_eq(sv_of(text), sb_sv(&template_out)))
        bench_end("the floor builds another tree", NULL);
    cJSON_free(text);
    for (size_t i = 0; i < turns && i < ARRAY_LEN(ours); i++) {
        int64_t began = bench_wall_ns();

        sb_clear(&template_out);
        sb_clear(&ddk_out);
        plan(&place, &template_out, &ddk_out);
        ours[i] = (double)(bench_wall_ns() - began) / 1e6;
        began = bench_wall_ns();
        cJSON_free(build_bare(template_tree, false));
        cJSON_free(build_bare(ddk_tree, true));
        bare[i] = (double)(bench_wall_ns() - began) / 1e6;
        ratio[i] = ours[i] / bare[i];
    }
    bench_put("plan_ms", bench_median(ours, turns));
    bench_put("bare_ms", bench_median(bare, turns));
    bench_put("ratio", bench_median(ratio, turns));
    bench_put("bytes", (double)(template_out.len + ddk_out.len));
    bench_put("peak_kb", (double)bench_peak_kb());
    cJSON_Delete(template_tree);
    cJSON_Delete(ddk_tree);
    sb_release(&template_out);
    sb_release(&ddk_out);
    sb_release(&place.file);
    return 0;
}
