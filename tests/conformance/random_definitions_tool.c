/* Plan definitions that nobody wrote, without AWS: random-definitions-tool DIR COUNT.
 *
 * Of each N below COUNT it reads DIR/N.environments.json (a list) and DIR/N.definition.json. What
 * can be planned gives N.template.json, N.ddk.json, N.again.json (the definition, written) and
 * N.names.json (every derived name with its limit); the rest N.defects.json. All is made twice, and
 * must come out the same. A line per definition: its number and "planned" or "refused". */
#include <stdlib.h>

#include "core/base/file.h"
#include "core/deploy/template.h"

enum { TEXT_MAX = 32 * 1024 * 1024, PATH_SIZE = 4096, ENVIRONMENTS_MAX = 60 };

static struct defects defects; /* too large for a stack */

struct planned {
    struct arena arena;
    struct environment environments[ENVIRONMENTS_MAX];
    size_t environment_count;
    const struct environment *targets[STAGES_GITFLOW_MAX];
    struct definition definition;
    struct blueprint blueprint;
    struct sb template_text;
    struct sb ddk_text;
    struct sb again;
};

NORETURN static void fail(const char *what, const char *why)
{
    fprintf(stderr, "random-definitions-tool: %s: %s\n", what, why);
    exit(1);
}

static const char *path_of(const char *dir, int number, const char *kind)
{
    static char path[PATH_SIZE];

    snprintf(path, sizeof path, "%s/%d.%s.json", dir, number, kind);
    return path;
}

static void read_file(const char *path, struct sb *out)
{
    FILE *file = fopen(path, "re");
    char bytes[65536];
    struct err err;
    size_t got;

    sb_init(out, TEXT_MAX);
    if (file == NULL)
        fail(path, "cannot be opened");
    while ((got = fread(bytes, 1, sizeof bytes, file)) > 0) {
        if (sb_add(out, sv_make(bytes, got), &err))
            fail(path, err.text);
    }
    fclose(file);
}

static void write_file(const char *path, const struct sb *text)
{
    FILE *file = fopen(path, "we");

    if (file == NULL || fwrite(text->ptr, 1, text->len, file) != text->len || fclose(file) != 0)
        fail(path, "cannot be written");
}

/* ---- one definition ---- */

static void read_environments(struct planned *p, struct sv text)
{
    cJSON *list = NULL;
    struct err err;
    bool has_unknown;

    if (json_parse(text, &list, &err))
        fail("environments", err.text);
    for (const cJSON *item = list->child; item != NULL; item = item->next) {
        char *one = cJSON_PrintUnformatted(item);

        if (one == NULL || p->environment_count == ENVIRONMENTS_MAX ||
            environment_read(sv_of(one), &p->arena, &p->environments[p->environment_count++],
                             &has_unknown, &err))
            fail("an environment", one == NULL ? "memory" : err.text);
        cJSON_free(one);
    }
    cJSON_Delete(list);
    for (size_t i = 0; i < p->environment_count; i++)
        environment_check(&p->environments[i], p->environments, p->environment_count, &defects);
}

static void find_targets(struct planned *p)
{
    struct definition *d = &p->definition;

    p->blueprint.definition = d;
    p->blueprint.cicd = environment_find(p->environments, p->environment_count, d->cicd);
    for (size_t i = 0; i < d->stage_count; i++) {
        p->targets[i] =
            environment_find(p->environments, p->environment_count, d->stages[i].environment);
        if (p->targets[i] == NULL)
            fail("an environment", "passed the check and is not there");
    }
    p->blueprint.targets = p->targets;
}

static enum err_code write_texts(struct planned *p, struct err *err)
{
    struct repository_file *files;
    cJSON *tree = NULL;
    size_t count;
    enum err_code rc = template_cicd(&p->blueprint, &tree, err);

    if (!rc)
        rc = template_text(tree, &p->template_text, err);
    cJSON_Delete(tree);
    if (!rc)
        rc = ddk_json(&p->blueprint, &p->ddk_text, err);
    if (!rc)
        rc = definition_write(&p->definition, &p->again, err);
    return rc ? rc : starter_files(&p->blueprint, &p->arena, &files, &count, err);
}

/* False when the defects, or err, say why not. */
static bool plan(struct planned *p, struct sv environments, struct sv definition, struct err *err)
{
    *p = (struct planned){0};
    *err = (struct err){0};
    defects = (struct defects){0};
    arena_init(&p->arena, TEXT_MAX);
    sb_init(&p->template_text, TEXT_MAX);
    sb_init(&p->ddk_text, TEXT_MAX);
    sb_init(&p->again, TEXT_MAX);
    read_environments(p, environments);
    if (definition_read(definition, &p->arena, &p->definition, &defects, err))
        return false;
    definition_check(&p->definition, p->environments, p->environment_count, &defects);
    if (defects.errors > 0)
        return false;
    find_targets(p);
    /* Behind the checks nothing is refused any more. */
    if (write_texts(p, err))
        fail("checked, yet not planned", err->text);
    return true;
}

static void forget(struct planned *p)
{
    arena_release(&p->arena);
    sb_release(&p->template_text);
    sb_release(&p->ddk_text);
    sb_release(&p->again);
}

/* ---- what is told of it ---- */

static void put_defects(const struct err *why, struct sb *out)
{
    struct err err;
    struct jw w;

    jw_init(&w, out, &err);
    jw_open(&w, '{');
    jw_put_sv(&w, "err", sv_of(why->text));
    jw_name(&w, "defects");
    jw_open(&w, '[');
    for (size_t i = 0; i < defects.count; i++) {
        jw_open(&w, '{');
        jw_put_sv(&w, "field", sv_of(defects.items[i].field));
        jw_put_sv(&w, "text", sv_of(defects.items[i].text));
        jw_put_bool(&w, "is_warning", defects.items[i].is_warning);
        jw_close(&w, '}');
    }
    jw_close(&w, ']');
    jw_close(&w, '}');
    if (jw_done(&w))
        fail("defects", err.text);
}

static void put_name(struct jw *w, const struct planned *p, enum derived what, int limit, int stage)
{
    char name[DERIVED_SIZE];

    if (!definition_uses(&p->definition, what))
        return;
    definition_name(&p->definition, p->blueprint.cicd, what, stage, name);
    jw_open(w, '{');
    jw_put_sv(w, "name", sv_of(name));
    jw_put_int(w, "limit", limit);
    jw_close(w, '}');
}

static void put_names(const struct planned *p, struct sb *out)
{
    struct err err;
    struct jw w;

    jw_init(&w, out, &err);
    jw_open(&w, '[');
#define PUT_NAMES(name, limit, pattern, per_stage, of)                                             \
    for (int i = (per_stage) ? 0 : -1; i < ((per_stage) ? (int)p->definition.stage_count : 0);     \
         i++)                                                                                      \
        put_name(&w, p, DERIVED_##name, limit, i);
    DERIVED_LIST(PUT_NAMES)
#undef PUT_NAMES
    jw_close(&w, ']');
    if (jw_done(&w))
        fail("names", err.text);
}

static void judge(const char *dir, int number)
{
    static struct planned first;
    static struct planned second;
    struct sb environments;
    struct sb definition;
    struct sb told;
    struct err err;
    bool is_planned;

    read_file(path_of(dir, number, "environments"), &environments);
    read_file(path_of(dir, number, "definition"), &definition);
    sb_init(&told, TEXT_MAX);
    is_planned = plan(&first, sb_sv(&environments), sb_sv(&definition), &err);
    if (is_planned) {
        if (!plan(&second, sb_sv(&environments), sb_sv(&definition), &err) ||
            !sv_eq(sb_sv(&first.template_text), sb_sv(&second.template_text)) ||
            !sv_eq(sb_sv(&first.ddk_text), sb_sv(&second.ddk_text)))
            fail(path_of(dir, number, "definition"), "planned twice, it is another plan");
        forget(&second);
        write_file(path_of(dir, number, "template"), &first.template_text);
        write_file(path_of(dir, number, "ddk"), &first.ddk_text);
        write_file(path_of(dir, number, "again"), &first.again);
        put_names(&first, &told);
        write_file(path_of(dir, number, "names"), &told);
    } else {
        put_defects(&err, &told);
        write_file(path_of(dir, number, "defects"), &told);
    }
    printf("%d %s\n", number, is_planned ? "planned" : "refused");
    forget(&first);
    sb_release(&told);
    sb_release(&environments);
    sb_release(&definition);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        fail("usage", "random-definitions-tool DIR COUNT");
    for (int i = 0; i < atoi(argv[2]); i++)
        judge(argv[1], i);
    return 0;
}
