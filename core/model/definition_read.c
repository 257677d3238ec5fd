/* Reading a definition's file: an object at a time; what it lacks gets its default at the end, when
 * the strategy is known. */
#include "core/model/definition.h"
#include "core/model/written.h"

enum { STAGES_READ_MAX = 100 };

static const char *const members[] = {"schema",   "name",         "description", "tags",
                                      "cicd",     "team",         "strategy",    "source",
                                      "template", "environments", "variables",   "penstock"};
static const char *const source_members[] = {"type", "connection_arn", "repository"};
static const char *const stage_members[] = {"stage", "environment", "team", "approval", "branch"};

#define ROW_WORD(name, word) (word),
static const char *const strategies[] = {STRATEGY_LIST(ROW_WORD)};
static const char *const sources[] = {SOURCE_LIST(ROW_WORD)};
static const char *const starters[] = {STARTER_LIST(ROW_WORD)};
#undef ROW_WORD

static struct written below(const struct written *f, const cJSON *object, const char *path)
{
    return (struct written){
        .object = object, .path = path, .arena = f->arena, .defects = f->defects};
}

/* The object's members, at most `most` of them. */
static size_t count_members(const struct written *f, const char *name, const cJSON *object,
                            size_t most)
{
    size_t count = 0;

    for (const cJSON *item = object == NULL ? NULL : object->child; item != NULL; item = item->next)
        count++;
    if (count <= most)
        return count;
    defects_add(f->defects, name, "has %zu members: at most %zu fit", count, most);
    return most;
}

static struct sv keep_name(struct written *f, const cJSON *item)
{
    struct sv name = arena_sv(f->arena, sv_of(item->string));

    f->is_short = f->is_short || name.ptr == NULL;
    return name.ptr == NULL ? SV("") : name;
}

static void read_tags(struct written *f, struct definition *d)
{
    const cJSON *object = written_object(f, "tags");
    struct written tags = below(f, object, "tags.");
    const cJSON *item = object == NULL ? NULL : object->child;

    d->tag_count = count_members(f, "tags", object, DEFINITION_TAGS_MAX);
    d->tags = arena_alloc(f->arena, d->tag_count + 1, sizeof *d->tags);
    tags.is_short = d->tags == NULL;
    for (size_t i = 0; i < d->tag_count && !tags.is_short; i++, item = item->next)
        d->tags[i] = (struct tag){keep_name(&tags, item), written_item_text(&tags, item)};
    f->is_short = f->is_short || tags.is_short;
}

static void read_variables(struct written *f, struct definition *d)
{
    const cJSON *object = written_object(f, "variables");
    struct written v = below(f, object, "variables.");
    const cJSON *item = object == NULL ? NULL : object->child;

    d->variable_count = count_members(f, "variables", object, DEFINITION_VARIABLES_MAX);
    d->variables = arena_alloc(f->arena, d->variable_count + 1, sizeof *d->variables);
    v.is_short = d->variables == NULL;
    for (size_t i = 0; i < d->variable_count && !v.is_short; i++, item = item->next)
        d->variables[i] = (struct variable){keep_name(&v, item), written_item_text(&v, item)};
    f->is_short = f->is_short || v.is_short;
}

static void read_source(struct written *f, struct definition *d)
{
    const cJSON *object = written_object(f, "source");
    struct written source = below(f, object, "source.");

    if (object == NULL)
        return;
    written_members(&source, source_members, ARRAY_LEN(source_members));
    d->source =
        (enum source_kind)written_word(&source, "type", sources, SOURCE_COUNT, SOURCE_CODECOMMIT);
    d->connection_arn = written_text(&source, "connection_arn");
    d->repository = written_text(&source, "repository");
    f->is_short = f->is_short || source.is_short;
}

static void read_stage(struct written *f, const cJSON *item, size_t at, struct definition *d)
{
    char path[DEFECT_FIELD_SIZE] = "";
    struct written row = below(f, item, path);
    struct definition_stage *s = &d->stages[at];
    bool is_gated;

    defect_field(path, "environments[%zu]", at);
    *s = (struct definition_stage){SV(""), SV(""), SV(""), false, SV("")};
    if (!cJSON_IsObject(item)) {
        defects_add(f->defects, path, "must be an object {}");
        return;
    }
    defect_field(path, "environments[%zu].", at);
    written_members(&row, stage_members, ARRAY_LEN(stage_members));
    s->stage = written_text(&row, "stage");
    s->environment = written_text(&row, "environment");
    s->team = written_text(&row, "team");
    is_gated = d->strategy == STRATEGY_TRUNK ? at > 0 : sv_eq(s->stage, SV("prod"));
    s->approval = written_bool(&row, "approval", is_gated);
    s->branch = written_text(&row, "branch");
    s->branch = definition_branch(d, at);
    f->is_short = f->is_short || row.is_short;
}

static void read_stages(struct written *f, struct definition *d)
{
    const cJSON *list = written_array(f, "environments");
    const cJSON *item = list == NULL ? NULL : list->child;

    d->stage_count = count_members(f, "environments", list, STAGES_READ_MAX);
    d->stages = arena_alloc(f->arena, d->stage_count + 1, sizeof *d->stages);
    f->is_short = f->is_short || d->stages == NULL;
    for (size_t i = 0; i < d->stage_count && !f->is_short; i++, item = item->next)
        read_stage(f, item, i, d);
}

static void read_all(struct written *f, struct definition *d)
{
    written_schema(f);
    written_members(f, members, ARRAY_LEN(members));
    d->name = written_text(f, "name");
    d->description = written_text(f, "description");
    d->cicd = written_text(f, "cicd");
    d->team = written_text(f, "team");
    d->strategy = (enum strategy)written_word(f, "strategy", strategies, STRATEGY_COUNT, -1);
    d->starter = (enum starter)written_word(f, "template", starters, STARTER_COUNT, STARTER_CDK);
    read_tags(f, d);
    read_source(f, d);
    read_stages(f, d);
    read_variables(f, d);
    if (d->repository.len == 0 && d->source == SOURCE_CODECOMMIT)
        d->repository = d->name;
}

enum err_code definition_read(struct sv json, struct arena *arena, struct definition *out,
                              struct defects *defects, struct err *err)
{
    struct definition d = {.name = SV(""),
                           .description = SV(""),
                           .cicd = SV(""),
                           .team = SV(""),
                           .connection_arn = SV(""),
                           .repository = SV("")};
    struct written f = {.path = "", .arena = arena, .defects = defects};
    cJSON *tree;
    enum err_code rc;

    if (json.len > DEFINITION_SIZE_MAX)
        return err_set(err, ERR_LIMIT, "a pipeline's file has at most %d KB",
                       DEFINITION_SIZE_MAX / 1024);
    rc = json_parse_written(json, &tree, err);
    if (rc)
        return rc;
    written_refuse_nul(json, defects);
    f.object = tree;
    if (cJSON_IsObject(tree))
        read_all(&f, &d);
    else
        rc = err_set(err, ERR_USAGE, "a pipeline's file is a JSON object {...}");
    cJSON_Delete(tree);
    if (rc == ERR_OK && f.is_short)
        rc = arena_err(arena, err);
    if (rc == ERR_OK)
        *out = d;
    return rc;
}
