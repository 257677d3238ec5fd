#include "core/model/hash.h"
#include "core/views/age.h"
#include "screens/environments.h"

enum { ROWS_CAP = 16 << 20 };

const char *const environment_fields[] = {"name",    "kind",    "account", "region",
                                          "stage",   "team",    "way",     "bootstrap",
                                          "verdict", "finding", NULL};

/* clang-format off */
static const struct column columns[] = {
    {.name = "name",    .title = "NAME",       .min_width = 10, .weight = 3},
    {.name = "kind",    .title = "KIND",       .min_width = 6},
    {.name = "account", .title = "ACCOUNT",    .min_width = 12},
    {.name = "region",  .title = "REGION",     .min_width = 13, .weight = 1, .drop_order = 1},
    {.name = "stage",   .title = "STAGE",      .min_width = 6,  .weight = 1, .drop_order = 3},
    {.name = "team",    .title = "TEAM",       .min_width = 8,  .weight = 1, .drop_order = 4},
    {.name = "way",     .title = "REACHED BY", .min_width = 24, .weight = 4, .drop_order = 5},
    {.name = "boot",    .title = "BOOT",       .min_width = 4},
    {.name = "trust",   .title = "TRUST",      .min_width = 5},
    {.name = "checked", .title = "CHECK",      .min_width = 5,  .drop_order = 2},
    {.name = "verdict", .title = "FIT",        .min_width = 6},
};
/* clang-format on */

const struct view view_environments = {.name = "environments",
                                       .title = "Environments",
                                       .help = "what pipelines deploy to",
                                       .columns = columns,
                                       .column_count = ARRAY_LEN(columns)};

/* Whose environments: the work's account once it is known, else the first context's. */
struct home {
    struct sv partition;
    struct sv account;
    struct sv region;
};

static struct home home_of(const struct console *c)
{
    const struct deploy *d = c->options.work != NULL ? &c->options.work->reader : NULL;

    if (d != NULL && d->account[0] != '\0')
        return (struct home){sv_of(d->partition), sv_of(d->account), sv_of(d->region)};
    for (size_t i = 0; i < c->scope.count; i++) {
        const struct scope_item *item = &c->scope.items[i];

        if (item->account.len > 0)
            return (struct home){item->partition, item->account, item->region};
    }
    return (struct home){SV(""), SV(""), SV("")};
}

static bool passes(const struct cached_environment *e, const struct filter *filter)
{
    const struct filter_field fields[] = {
        {"name", e->name},       {"kind", e->kind},
        {"account", e->account}, {"region", e->region},
        {"stage", e->stage},     {"team", e->team},
        {"way", e->way},         {"bootstrap", e->bootstrap},
        {"finding", e->line},    {"verdict", sv_of(verdict_word((enum verdict)e->verdict))},
    };

    return filter_matches(filter, fields, ARRAY_LEN(fields));
}

static bool is_problem(const struct cached_environment *e)
{
    return e->checked_at == 0 || e->verdict >= VERDICT_WARNS;
}

static int64_t id_of(const struct cached_environment *e)
{
    struct hash h;

    hash_init(&h);
    hash_sv(&h, e->home_account);
    hash_sv(&h, e->home_region);
    hash_sv(&h, e->name);
    return (int64_t)hash_done(&h);
}

enum err_code environment_rows_load(struct environment_rows *r, const struct screen_input *input,
                                    bool only_problems, struct err *err)
{
    struct home home = home_of(input->console);
    struct arena fresh;
    struct cached_environment *rows;
    int64_t *ids = NULL;
    size_t count;
    enum err_code rc;

    arena_init(&fresh, ROWS_CAP);
    rc = cache_list_environments(input->cache, home.partition, home.account, home.region, &fresh,
                                 &rows, &count, err);
    if (!rc)
        ids = arena_alloc(&fresh, count + 1, sizeof *ids);
    if (!rc && ids == NULL)
        rc = arena_err(&fresh, err);
    if (rc) {
        arena_release(&fresh);
        return rc;
    }
    arena_release(&r->arena);
    *r = (struct environment_rows){.arena = fresh, .rows = rows, .ids = ids, .total = (int)count};
    for (size_t i = 0; i < count; i++) {
        if (!passes(&rows[i], input->filter) || (only_problems && !is_problem(&rows[i])))
            continue;
        rows[r->count] = rows[i];
        ids[r->count] = id_of(&rows[i]);
        r->count++;
    }
    return ERR_OK;
}

/* ---- cells ---- */

enum status environment_verdict_status(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_SKIPPED:
        break;
    case VERDICT_GOOD:
        return STATUS_SUCCEEDED;
    case VERDICT_WARNS:
        return STATUS_WAITING;
    case VERDICT_FAILS:
        return STATUS_FAILED;
    }
    return STATUS_NONE;
}

enum status environment_status(const struct cached_environment *e)
{
    return e->checked_at == 0 ? STATUS_NONE : environment_verdict_status((enum verdict)e->verdict);
}

static const char *trust_of(const struct cached_environment *e)
{
    if (e->checked_at == 0 || sv_eq(e->kind, SV("cicd")))
        return "-";
    return e->trusts ? "yes" : "NO";
}

static void write_verdict(const struct cached_environment *e, const struct view_look *look,
                          char *out, size_t size)
{
    enum status status = environment_status(e);
    char ascii[2] = {status_ascii(status), '\0'};

    snprintf(out, size, "%s %s", look->is_utf8 ? status_glyph(status) : ascii,
             e->checked_at == 0 ? "?" : verdict_word((enum verdict)e->verdict));
}

static void write_bootstrap(const struct cached_environment *e, char *out, size_t size)
{
    if (e->bootstrap_version > 0)
        snprintf(out, size, "v%lld", (long long)e->bootstrap_version);
    else
        snprintf(out, size, "%s", e->checked_at > 0 ? "NONE" : "?");
}

void environment_rows_cell(const void *owner, int index, const struct column *column,
                           const struct view_look *look, struct canvas *c, struct rect area)
{
    const struct environment_rows *r = owner;
    const struct cached_environment *e = &r->rows[index];
    const struct {
        const char *name;
        struct sv text;
    } texts[] = {
        {"name", e->name},       {"kind", e->kind},
        {"account", e->account}, {"region", e->region},
        {"stage", e->stage},     {"team", e->team},
        {"way", e->way},         {"trust", sv_of(trust_of(e))},
    };
    enum style style = STYLE_PLAIN;
    char made[AGE_SIZE];
    struct sv text = sv_of(made);

    if (strcmp(column->name, "boot") == 0) {
        write_bootstrap(e, made, sizeof made);
    } else if (strcmp(column->name, "checked") == 0) {
        age_text(e->checked_at, look, made);
    } else {
        write_verdict(e, look, made, sizeof made);
        style = style_of_status(environment_status(e));
    }
    text = sv_of(made);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (strcmp(column->name, texts[i].name) != 0)
            continue;
        text = texts[i].text;
        style = STYLE_PLAIN;
    }
    canvas_cut(c, area.row, area.col, area.cols, style, text);
}

/* ---- the pane ---- */

static struct rect draw_finding(const struct finding *f, enum check check,
                                const struct view_look *look, struct canvas *c, struct rect area)
{
    enum { WORD = 5 };
    enum status status = environment_verdict_status(f->verdict);
    char ascii[2] = {status_ascii(status), '\0'};
    char text[700];
    int used;

    canvas_text(c, area.row, area.col, 1, style_of_status(status),
                sv_of(look->is_utf8 ? status_glyph(status) : ascii));
    canvas_text(c, area.row, area.col + 2, WORD, style_of_status(status),
                sv_of(verdict_word(f->verdict)));
    snprintf(text, sizeof text, "%s: %s%s%s", check_title(check), f->text,
             f->advice[0] != '\0' ? ". " : "", f->advice);
    used = canvas_wrap(
        c, (struct rect){area.row, area.col + 2 + WORD, area.rows, area.cols - 2 - WORD},
        STYLE_PLAIN, sv_of(text));
    area.row += used;
    area.rows -= used;
    return area;
}

/* The worst first, as far as there is room. */
static void draw_findings(const struct diagnosis *d, const struct view_look *look, struct canvas *c,
                          struct rect area)
{
    for (int verdict = VERDICT_FAILS; verdict >= VERDICT_GOOD; verdict--) {
        for (int i = 0; i < CHECK_COUNT && area.rows > 0; i++) {
            if (d->findings[i].verdict == (enum verdict)verdict)
                area = draw_finding(&d->findings[i], (enum check)i, look, c, area);
        }
    }
}

void environment_draw_pane(const struct cached_environment *e, const struct diagnosis *d,
                           const struct view_look *look, struct canvas *c, struct rect area)
{
    char text[512];
    struct rect below = {area.row + 1, area.col, area.rows - 1, area.cols};

    snprintf(text, sizeof text, SV_FMT ": by " SV_FMT "%s" SV_FMT ", " SV_FMT,
             SV_ARG(sv_take(e->name, 64)), SV_ARG(sv_take(e->way, 256)),
             e->team.len > 0 ? ", team " : "", SV_ARG(sv_take(e->team, 64)),
             SV_ARG(sv_take(e->bootstrap, 64)));
    canvas_cut(c, area.row, area.col, area.cols, STYLE_TITLE, sv_of(text));
    if (d != NULL) {
        draw_findings(d, look, c, below);
        return;
    }
    if (e->checked_at == 0)
        canvas_wrap(c, below, STYLE_DIM, SV("It was never inspected from this host."));
    else if (e->line.len > 0)
        canvas_wrap(c, below, style_of_status(environment_status(e)), e->line);
    else
        canvas_wrap(c, below, STYLE_GOOD, SV("Nothing was found wrong."));
}
