/* The wizard's fields: what is typed, the definition that it means, and the form of a page. */
#include <stdlib.h>

#include "screens/create.h"

#define WORD(name, word) (word),
static const char *const strategies[] = {STRATEGY_LIST(WORD) NULL};
static const char *const sources[] = {SOURCE_LIST(WORD) NULL};
static const char *const starters[] = {STARTER_LIST(WORD) NULL};
#undef WORD

static const char *const source_helps[] = {
    [SOURCE_CODECOMMIT] = "a CodeCommit repository of the CICD account; penstock makes it",
    [SOURCE_CONNECTION] = "GitHub, GitLab or Bitbucket by a CodeConnections connection",
};
static const char *const starter_helps[] = {
    [STARTER_CDK] = "a Python CDK app: one stack per stage, with ddk.json and unit tests",
    [STARTER_CLOUDFORMATION] = "a plain CloudFormation template per stage, without the CDK",
    [STARTER_EMPTY] = "ddk.json and a buildspec that deploys nothing yet",
};

/* clang-format off */
static const struct field_row {
    enum create_page page;
    enum form_kind kind;
    const char *label;
    const char *defect; /* the definition's field */
    const char *const *choices;
    const char *help;
    bool is_fixed; /* cannot be changed */
} rows[FIELD_COUNT] = {
    [FIELD_NAME]        = {CREATE_PAGE_DETAILS,  FORM_TEXT,   "Name", "name", NULL, NULL, true},
    [FIELD_DESCRIPTION] = {CREATE_PAGE_DETAILS,  FORM_TEXT,   "Description", "description", NULL, "what it is for; the stack and the repository carry it", false},
    [FIELD_CICD]        = {CREATE_PAGE_CICD,     FORM_CHOICE, "CICD environment", "cicd", NULL, "where pipeline, repository and artifacts live", true},
    [FIELD_TEAM]        = {CREATE_PAGE_CICD,     FORM_TEXT,   "Team", "team", NULL, "whose it is; stages may have their own", false},
    [FIELD_STRATEGY]    = {CREATE_PAGE_STRATEGY, FORM_CHOICE, "Strategy", "strategy", strategies, NULL, true},
    [FIELD_SOURCE]      = {CREATE_PAGE_SOURCE,   FORM_CHOICE, "Source", "source.type", sources, NULL, true},
    [FIELD_CONNECTION]  = {CREATE_PAGE_SOURCE,   FORM_TEXT,   "Connection ARN", "source.connection_arn", NULL, "arn:aws:codeconnections:REGION:ACCOUNT:connection/UUID", true},
    [FIELD_REPOSITORY]  = {CREATE_PAGE_SOURCE,   FORM_TEXT,   "Repository", "source.repository", NULL, NULL, true},
    [FIELD_EXISTING]    = {CREATE_PAGE_SOURCE,   FORM_YES_NO, "Use it if it exists", "", NULL, "yes: a repository of that name that is there already is used", true},
    [FIELD_STARTER]     = {CREATE_PAGE_SOURCE,   FORM_CHOICE, "Starter", "template", starters, NULL, true},
    [FIELD_DIRECTORY]   = {CREATE_PAGE_SOURCE,   FORM_TEXT,   "Directory", "", NULL, "of this host, whose files go in instead of the starter's; empty: the starter's", true},
};

static const char *const titles[] = {
#define TITLE(name, title) title,
    CREATE_PAGE_LIST(TITLE)
#undef TITLE
};
/* clang-format on */
_Static_assert(ARRAY_LEN(titles) == CREATE_PAGE_COUNT, "a title per page");

const char *create_page_title(enum create_page page)
{
    return titles[page];
}

const char *create_field_label(int field)
{
    return rows[field].label;
}

void create_set(struct edit *e, struct sv text)
{
    edit_clear(e);
    edit_paste(e, text, NULL);
}

static struct sv typed(const struct edit *e)
{
    return sv_trim(edit_text(e));
}

static struct sv value(const struct wizard *c, enum create_field field)
{
    return typed(&c->values[field].text);
}

/* ---- out of a definition ---- */

static bool take(struct edit *e, struct sv text)
{
    create_set(e, text);
    return e->len == sv_trim(text).len;
}

static bool take_pair(struct create_lines *lines, struct sv name, struct sv text)
{
    char line[EDIT_SIZE];
    int len = snprintf(line, sizeof line, SV_FMT "=" SV_FMT, SV_ARG(name), SV_ARG(text));

    if (lines->count + 1 >= CREATE_LINES_MAX)
        return false;
    return take(&lines->items[lines->count++], sv_of(line)) && (size_t)len < sizeof line;
}

static bool take_lines(struct wizard *c, const struct definition *d)
{
    bool fits = true;

    c->tags.count = c->variables.count = 0;
    for (size_t i = 0; i < d->tag_count; i++)
        fits = take_pair(&c->tags, d->tags[i].key, d->tags[i].value) && fits;
    for (size_t i = 0; i < d->variable_count; i++)
        fits = take_pair(&c->variables, d->variables[i].name, d->variables[i].value) && fits;
    edit_clear(&c->tags.items[c->tags.count++]);
    edit_clear(&c->variables.items[c->variables.count++]);
    return fits;
}

/* What is as the strategy has it stays the strategy's, so that another one may change it. */
static bool take_row(struct wizard *c, const struct definition *d, size_t i)
{
    struct create_row *row = &c->rows[i];
    struct definition preset = *d;
    struct definition_stage stage = d->stages[i];
    struct sv branch = stage.branch;

    stage.branch = SV("");
    preset.stages = &stage;
    if (sv_eq(branch, definition_branch(&preset, 0)))
        branch = SV("");
    *row = (struct create_row){.approval = stage.approval};
    c->row_count = (int)i + 1;
    return take(&row->texts[COLUMN_BRANCH], branch) &&
           take(&row->texts[COLUMN_STAGE], stage.stage) &&
           take(&row->texts[COLUMN_ENVIRONMENT], stage.environment) &&
           take(&row->texts[COLUMN_TEAM], stage.team);
}

bool create_take_definition(struct wizard *c, const struct definition *d)
{
    bool is_default =
        d->source == SOURCE_CODECOMMIT && (c->is_change ? false : sv_eq(d->repository, d->name));
    bool fits = take(&c->values[FIELD_NAME].text, d->name);

    fits = take(&c->values[FIELD_DESCRIPTION].text, d->description) && fits;
    fits = take(&c->values[FIELD_CICD].text, d->cicd) && fits;
    fits = take(&c->values[FIELD_TEAM].text, d->team) && fits;
    fits = take(&c->values[FIELD_CONNECTION].text, d->connection_arn) && fits;
    fits = take(&c->values[FIELD_REPOSITORY].text, is_default ? SV("") : d->repository) && fits;
    c->values[FIELD_STRATEGY].chosen = (int)d->strategy;
    c->values[FIELD_SOURCE].chosen = (int)d->source;
    c->values[FIELD_STARTER].chosen = (int)d->starter;
    fits = take_lines(c, d) && fits;
    c->row_count = 0;
    for (size_t i = 0; i < d->stage_count && i < CREATE_ROWS_MAX; i++) {
        fits = take_row(c, d, i) && fits;
        /* A gate that stands in AWS must not go because a row above it went. */
        c->rows[i].has_approval =
            c->is_change || d->stages[i].approval != create_approval(c, (int)i);
    }
    return fits && d->stage_count <= CREATE_ROWS_MAX;
}

/* What is written is never longer than what it stands for. */
void create_name_rows(char *text)
{
    static const char word[] = "environments[";
    char *from = text;

    while ((from = strstr(from, word)) != NULL) {
        char *end;
        unsigned long at = strtoul(from + strlen(word), &end, 10);
        char name[32];
        size_t len;

        if (*end != ']' || end == from + strlen(word) || at >= CREATE_ROWS_MAX) {
            from += strlen(word);
            continue;
        }
        len = (size_t)snprintf(name, sizeof name, "row %lu", at + 1);
        memcpy(from, name, len);
        memmove(from + len, end + 1, strlen(end + 1) + 1);
        from += len;
    }
}

/* ---- into a definition ---- */

static void split(const struct edit *line, struct sv *name, struct sv *text)
{
    struct sv rest;

    *name = sv_trim(sv_cut(typed(line), '=', &rest));
    *text = rest.ptr == NULL ? SV("") : sv_trim(rest);
}

static bool build_lines(const struct wizard *c, struct arena *arena, struct definition *d)
{
    d->tags = arena_alloc(arena, CREATE_LINES_MAX, sizeof *d->tags);
    d->variables = arena_alloc(arena, CREATE_LINES_MAX, sizeof *d->variables);
    if (d->tags == NULL || d->variables == NULL)
        return false;
    for (int i = 0; i < c->tags.count; i++) {
        if (typed(&c->tags.items[i]).len == 0)
            continue;
        split(&c->tags.items[i], &d->tags[d->tag_count].key, &d->tags[d->tag_count].value);
        d->tag_count++;
    }
    for (int i = 0; i < c->variables.count; i++) {
        struct variable *v = &d->variables[d->variable_count];

        if (typed(&c->variables.items[i]).len == 0)
            continue;
        split(&c->variables.items[i], &v->name, &v->value);
        d->variable_count++;
    }
    return true;
}

static bool approval_preset(enum strategy strategy, int row, struct sv stage)
{
    return strategy == STRATEGY_TRUNK ? row > 0 : sv_eq(stage, SV("prod"));
}

bool create_approval(const struct wizard *c, int row)
{
    const struct create_row *r = &c->rows[row];

    if (r->has_approval)
        return r->approval;
    return approval_preset((enum strategy)c->values[FIELD_STRATEGY].chosen, row,
                           typed(&r->texts[COLUMN_STAGE]));
}

static bool build_rows(const struct wizard *c, struct arena *arena, struct definition *d)
{
    d->stage_count = (size_t)c->row_count;
    d->stages = arena_alloc(arena, d->stage_count + 1, sizeof *d->stages);
    for (int i = 0; i < c->row_count && d->stages != NULL; i++) {
        const struct create_row *r = &c->rows[i];
        struct definition_stage *s = &d->stages[i];

        s->stage = typed(&r->texts[COLUMN_STAGE]);
        s->environment = typed(&r->texts[COLUMN_ENVIRONMENT]);
        s->team = typed(&r->texts[COLUMN_TEAM]);
        s->branch = typed(&r->texts[COLUMN_BRANCH]);
        s->approval = r->has_approval ? r->approval : approval_preset(d->strategy, i, s->stage);
    }
    return d->stages != NULL;
}

enum err_code create_build(const struct wizard *c, enum strategy strategy, struct arena *arena,
                           struct definition *out, struct err *err)
{
    bool is_connection = c->values[FIELD_SOURCE].chosen == SOURCE_CONNECTION;
    struct definition d = {.name = value(c, FIELD_NAME),
                           .description = value(c, FIELD_DESCRIPTION),
                           .cicd = value(c, FIELD_CICD),
                           .team = value(c, FIELD_TEAM),
                           .strategy = strategy,
                           .source = (enum source_kind)c->values[FIELD_SOURCE].chosen,
                           .repository = value(c, FIELD_REPOSITORY),
                           .starter = (enum starter)c->values[FIELD_STARTER].chosen};

    /* One that was typed before the source was chosen to be CodeCommit is kept, not meant. */
    d.connection_arn = is_connection ? value(c, FIELD_CONNECTION) : SV("");
    if (!is_connection && d.repository.len == 0)
        d.repository = d.name;
    if (!build_lines(c, arena, &d) || !build_rows(c, arena, &d))
        return arena_err(arena, err);
    return definition_copy(&d, arena, out, err);
}

struct sv create_place(const struct wizard *c, struct sv environment, char *out, size_t size)
{
    const struct environment *e =
        environment_find(c->known.environments, c->known.environment_count, environment);

    if (e == NULL)
        return environment.len > 0 ? SV("not known here") : SV("");
    snprintf(out, size, SV_FMT " " SV_FMT, SV_ARG(e->account), SV_ARG(e->region));
    return sv_of(out);
}

/* ---- the form ---- */

bool create_is_fixed(const struct wizard *c, int field)
{
    return c->is_change && rows[field].is_fixed;
}

bool create_field_is_here(const struct wizard *c, int field)
{
    bool is_connection = c->values[FIELD_SOURCE].chosen == SOURCE_CONNECTION;

    if (rows[field].page != c->page || (field == FIELD_CONNECTION && !is_connection) ||
        (field == FIELD_EXISTING && is_connection))
        return false;
    return !c->is_change || (field != FIELD_EXISTING && field != FIELD_DIRECTORY);
}

struct sv create_shown(const struct wizard *c, int field)
{
    const struct create_value *v = &c->values[field];

    if (rows[field].choices != NULL)
        return sv_of(rows[field].choices[v->chosen]);
    if (rows[field].kind == FORM_YES_NO)
        return v->chosen != 0 ? SV("yes") : SV("no");
    return edit_text(&v->text);
}

static const char *help_of(const struct wizard *c, int field)
{
    int chosen = c->values[field].chosen;

    if (field == FIELD_NAME)
        return c->known.name_help;
    if (field == FIELD_STRATEGY)
        return strategy_help((enum strategy)chosen);
    if (field == FIELD_SOURCE)
        return source_helps[chosen];
    if (field == FIELD_STARTER)
        return starter_helps[chosen];
    if (field == FIELD_CICD && c->known.cicd_count == 0)
        return "no environment of kind cicd is known: ^N adds one";
    if (field == FIELD_REPOSITORY)
        return c->values[FIELD_SOURCE].chosen == SOURCE_CONNECTION
                   ? "owner/repository, as its host has it"
                   : "its name; empty: the pipeline's name";
    return rows[field].help;
}

static struct create_lines *lines_of(struct wizard *c)
{
    if (c->page == CREATE_PAGE_DETAILS)
        return &c->tags;
    return c->page == CREATE_PAGE_SOURCE ? &c->variables : NULL;
}

/* Blank lines go, but for one at the end where there is room for it. */
static void tidy(struct create_lines *lines)
{
    int kept = 0;

    for (int i = 0; i < lines->count; i++) {
        if (typed(&lines->items[i]).len > 0 && kept++ != i)
            lines->items[kept - 1] = lines->items[i];
    }
    lines->count = kept;
    if (kept < CREATE_LINES_MAX)
        edit_clear(&lines->items[lines->count++]);
}

void create_tidy(struct wizard *c)
{
    tidy(&c->tags);
    tidy(&c->variables);
}

static void add_field(struct wizard *c, int id, enum form_kind kind, const char *label,
                      const char *help)
{
    struct form_field *field = form_add(&c->form, kind, label, help);

    if (field != NULL)
        c->form_ids[c->form.count - 1] = id;
    if (field == NULL || id >= FIELD_LINE)
        return;
    field->choices = id == FIELD_CICD ? c->known.cicd_texts : rows[id].choices;
    field->text = c->values[id].text;
    field->chosen = c->values[id].chosen;
}

/* The choice of the name that is kept; the first one when none is. */
static void place_cicd(struct wizard *c)
{
    struct create_value *v = &c->values[FIELD_CICD];

    v->chosen = 0;
    for (int i = 0; i < c->known.cicd_count; i++) {
        if (sv_eq(c->known.cicd_names[i], typed(&v->text)))
            v->chosen = i;
    }
    if (v->text.len == 0 && c->known.cicd_count > 0)
        create_set(&v->text, c->known.cicd_names[0]);
}

void create_make_form(struct wizard *c)
{
    struct create_lines *lines = lines_of(c);
    int cursor = c->form.count > 0 ? c->form_ids[c->form.cursor] : -1;

    place_cicd(c);
    form_init(&c->form, NULL, NULL);
    for (int i = 0; i < FIELD_COUNT; i++) {
        if (create_field_is_here(c, i) && !create_is_fixed(c, i))
            add_field(c, i, rows[i].kind, rows[i].label, help_of(c, i));
    }
    for (int i = 0; lines != NULL && i < lines->count; i++) {
        add_field(c, FIELD_LINE + i, FORM_TEXT, lines == &c->tags ? "Tag" : "Variable",
                  lines == &c->tags ? "key=value; an empty line is none"
                                    : "NAME=value, for the builds; an empty line is none");
        if (c->form_ids[c->form.count - 1] == FIELD_LINE + i)
            c->form.fields[c->form.count - 1].text = lines->items[i];
    }
    for (int i = 0; i < c->form.count; i++) {
        if (c->form_ids[i] == cursor)
            c->form.cursor = i;
    }
}

static bool same_text(const struct edit *a, const struct edit *b)
{
    return sv_eq(edit_text(a), edit_text(b));
}

static bool read_field(struct wizard *c, int id, const struct form_field *field)
{
    struct create_lines *lines = lines_of(c);
    struct edit *text = id < FIELD_LINE ? &c->values[id].text : NULL;
    bool is_other;

    if (text == NULL && lines != NULL)
        text = &lines->items[id - FIELD_LINE];
    if (text == NULL)
        return false;
    if (field->kind == FORM_TEXT) {
        is_other = !same_text(text, &field->text);
        *text = field->text;
    } else {
        is_other = c->values[id].chosen != field->chosen;
        c->values[id].chosen = field->chosen;
        if (id == FIELD_CICD && field->chosen < c->known.cicd_count)
            create_set(text, c->known.cicd_names[field->chosen]);
    }
    if (is_other && id < FIELD_LINE)
        c->values[id].is_touched = true;
    return is_other;
}

bool create_read_form(struct wizard *c)
{
    struct create_lines *lines = lines_of(c);
    bool is_other = false;
    bool has_new_line = false;

    for (int i = 0; i < c->form.count; i++)
        is_other = read_field(c, c->form_ids[i], &c->form.fields[i]) || is_other;
    if (lines != NULL && lines->count < CREATE_LINES_MAX &&
        (lines->count == 0 || typed(&lines->items[lines->count - 1]).len > 0)) {
        edit_clear(&lines->items[lines->count++]);
        has_new_line = true;
    }
    if (has_new_line || c->form_ids[c->form.cursor] < FIELD_LINE)
        create_make_form(c); /* other fields may be wanted now */
    return is_other;
}

/* ---- faults ---- */

enum create_page create_page_of(const struct wizard *c, const char *field, int *id)
{
    struct sv text = sv_of(field);
    struct sv rest;

    *id = 0;
    if (sv_starts(text, SV("environments["))) {
        *id = atoi(field + strlen("environments["));
        return CREATE_PAGE_ENVIRONMENTS;
    }
    for (int i = 0; i < FIELD_COUNT; i++) {
        if (rows[i].defect[0] == '\0' || strcmp(rows[i].defect, field) != 0)
            continue;
        *id = i;
        return rows[i].page;
    }
    *id = FIELD_LINE;
    sv_cut(text, '.', &rest);
    if (sv_starts(text, SV("tags"))) {
        for (int i = 0; i < c->tags.count && rest.ptr != NULL; i++) {
            if (sv_starts(typed(&c->tags.items[i]), rest))
                *id = FIELD_LINE + i;
        }
        return CREATE_PAGE_DETAILS;
    }
    for (int i = 0; i < c->variables.count && rest.ptr != NULL; i++) {
        if (sv_starts(typed(&c->variables.items[i]), rest))
            *id = FIELD_LINE + i;
    }
    return sv_starts(text, SV("environments")) ? CREATE_PAGE_ENVIRONMENTS : CREATE_PAGE_SOURCE;
}

/* The field's name among the defects: a line's is that of its key. */
static const struct defect *fault_of(const struct wizard *c, int id)
{
    const struct create_lines *lines = c->page == CREATE_PAGE_DETAILS ? &c->tags : &c->variables;
    const char *all = c->page == CREATE_PAGE_DETAILS ? "tags" : "variables";
    const struct defect *found;
    char field[DEFECT_FIELD_SIZE];
    struct sv name;
    struct sv text;

    if (id < FIELD_LINE)
        return rows[id].defect[0] != '\0' ? defects_of(c->known.defects, rows[id].defect) : NULL;
    split(&lines->items[id - FIELD_LINE], &name, &text);
    if (typed(&lines->items[id - FIELD_LINE]).len == 0)
        return NULL;
    defect_field(field, "%s." SV_FMT, all, SV_ARG(name));
    found = defects_of(c->known.defects, field);
    return found != NULL ? found : defects_of(c->known.defects, all);
}

static bool may_tell(const struct wizard *c, int at)
{
    int id = c->form_ids[at];

    if (c->was_left[c->page])
        return true;
    if (id >= FIELD_LINE)
        return at != c->form.cursor;
    return c->values[id].is_touched;
}

void create_tell_faults(struct wizard *c)
{
    for (int i = 0; i < c->form.count && c->known.defects != NULL; i++) {
        struct form_field *field = &c->form.fields[i];
        const struct defect *fault = may_tell(c, i) ? fault_of(c, c->form_ids[i]) : NULL;

        snprintf(field->fault, sizeof field->fault, "%s", fault != NULL ? fault->text : "");
    }
}
