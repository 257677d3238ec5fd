/* The pipelines view: one row per CodePipeline, what needs a person first.
 *
 * Two lists of columns over the same rows: `pipelines` for people (the console and the table of
 * `penstock status`) and `plain` for scripts, whose order is a promise: columns are only added at
 * its end. */
#include "core/views/age.h"

enum { NOTE_CHARS = 80, NOTE_CHARS_CELL = 1000, SHORT_REVISION = 8 };

static enum err_code write_status(const struct pipeline_row *row, const struct view_look *look,
                                  struct sb *out, struct err *err)
{
    char ascii[2] = {status_ascii(row->status), '\0'};
    enum err_code rc = sb_add(out, sv_of(look->is_utf8 ? status_glyph(row->status) : ascii), err);

    if (rc == ERR_OK)
        rc = sb_addc(out, ' ', err);
    return rc ? rc : sb_add(out, sv_of(status_word(row->status)), err);
}

static enum err_code write_name(const struct pipeline_row *row, const struct view_look *look UNUSED,
                                struct sb *out, struct err *err)
{
    return sb_add(out, row->id.name, err);
}

static enum err_code write_mark(const struct stage_mark *mark, const struct view_look *look,
                                struct sb *out, struct err *err)
{
    char ascii[2] = {status_ascii(mark->status), '\0'};
    enum err_code rc = ERR_OK;

    if (!mark->transition_enabled)
        rc = sb_add(out, look->is_utf8 ? SV("⊗") : SV("#"), err);
    if (rc == ERR_OK && look->is_wide)
        rc = sb_add(out, mark->name, err);
    return rc ? rc : sb_add(out, sv_of(look->is_utf8 ? status_glyph(mark->status) : ascii), err);
}

/* One glyph per stage; with names when there is room for everything. */
static enum err_code write_stages(const struct pipeline_row *row, const struct view_look *look,
                                  struct sb *out, struct err *err)
{
    struct sv strip = row->stages;
    struct stage_mark mark;
    bool is_first = true;

    while (stage_strip_next(&strip, &mark)) {
        enum err_code rc = ERR_OK;

        if (look->is_wide && !is_first)
            rc = sb_addc(out, ' ', err);
        if (rc == ERR_OK)
            rc = write_mark(&mark, look, out, err);
        if (rc)
            return rc;
        is_first = false;
    }
    return ERR_OK;
}

/* Free text may be pages long: in a table that is as wide as its cells it would push the rest away,
 * and no cell shows more than a screen's width. The whole of it is in --plain, --json and describe.
 */
static struct sv shortened(struct sv text, const struct view_look *look)
{
    size_t most = look->is_wide ? NOTE_CHARS : NOTE_CHARS_CELL;
    struct sv rest = text;

    if (text.len <= most)
        return text;
    for (size_t i = 0; i < most && rest.len > 0; i++)
        utf8_next(&rest);
    return sv_take(text, text.len - rest.len);
}

/* An approval's stage and action often have one name. */
static struct sv waiting_place(struct sv waiting)
{
    struct sv action;
    struct sv stage = sv_cut(waiting, '/', &action);

    return sv_eq(stage, action) ? stage : waiting;
}

/* The one thing to know about the row: why it cannot be read, who is waited for, what failed, else
 * what is being released. */
/* What needs a person stays to be seen when the row can no longer be read: its age is starred then.
 */
static enum err_code write_note(const struct pipeline_row *row, const struct view_look *look,
                                struct sb *out, struct err *err)
{
    enum err_code rc;

    if (row->waiting.len > 0)
        return sb_add(out, waiting_place(row->waiting), err);
    if (row->error.len > 0)
        return sb_add(out, shortened(row->error, look), err);
    if (row->trouble.len == 0)
        return sb_add(out, shortened(row->revision_summary, look), err);
    rc = sb_add(out, SV("cannot read: "), err);
    return rc ? rc : sb_add(out, shortened(row->trouble, look), err);
}

static enum err_code write_age(const struct pipeline_row *row, const struct view_look *look,
                               struct sb *out, struct err *err)
{
    char age[AGE_SIZE];
    enum err_code rc = sb_add(out, sv_of(age_text(row->changed_at, look, age)), err);

    if (rc == ERR_OK && row->trouble.len > 0)
        rc = sb_addc(out, '*', err);
    return rc;
}

static enum err_code write_revision(const struct pipeline_row *row, const struct view_look *look,
                                    struct sb *out, struct err *err)
{
    return sb_add(out, look->is_wide ? row->revision : sv_take(row->revision, SHORT_REVISION), err);
}

static enum err_code write_account(const struct pipeline_row *row,
                                   const struct view_look *look UNUSED, struct sb *out,
                                   struct err *err)
{
    return sb_add(out, row->id.account, err);
}

static enum err_code write_region(const struct pipeline_row *row,
                                  const struct view_look *look UNUSED, struct sb *out,
                                  struct err *err)
{
    return sb_add(out, row->id.region, err);
}

/* clang-format off */
static const struct column columns[] = {
    /*name          title       min weight drop  write           shows_status */
    {"status",      "STATUS",     6, 0, 0, write_status,   true},
    {"name",        "PIPELINE",  20, 3, 0, write_name,     false},
    {"stages",      "STAGES",     8, 1, 2, write_stages,   false},
    {"note",        "NOTE",      16, 4, 3, write_note,     false},
    {"revision",    "COMMIT",     8, 0, 4, write_revision, false},
    {"updated_at",  "AGE",        4, 0, 1, write_age,      false},
    {"account",     "ACCOUNT",   12, 0, 5, write_account,  false},
    {"region",      "REGION",    14, 0, 6, write_region,   false},
};
/* clang-format on */
_Static_assert(ARRAY_LEN(columns) <= VIEW_COLUMN_MAX, "room for every column");

const struct view view_pipelines = {
    .name = "pipelines",
    .title = "Pipelines",
    .help = "every pipeline of the contexts with its stages, what needs a person first",
    .columns = columns,
    .column_count = ARRAY_LEN(columns),
};

#define PLAIN_TEXT(field, value)                                                                   \
    static enum err_code plain_##field(const struct pipeline_row *row,                             \
                                       const struct view_look *look UNUSED, struct sb *out,        \
                                       struct err *err)                                            \
    {                                                                                              \
        return sb_add(out, value, err);                                                            \
    }
PLAIN_TEXT(strategy, sv_of(strategy_name(row->strategy)))
PLAIN_TEXT(logical, row->logical)
PLAIN_TEXT(environment, row->environment)
PLAIN_TEXT(status, sv_of(status_aws(row->status)))
PLAIN_TEXT(execution, row->execution_id)
PLAIN_TEXT(revision, row->revision)
PLAIN_TEXT(summary, row->revision_summary)
PLAIN_TEXT(trigger, row->trigger)
PLAIN_TEXT(waiting, row->waiting)
PLAIN_TEXT(error, row->error)
PLAIN_TEXT(trouble, row->trouble)
#undef PLAIN_TEXT

static enum err_code plain_started(const struct pipeline_row *row,
                                   const struct view_look *look UNUSED, struct sb *out,
                                   struct err *err)
{
    char text[TIME_RFC3339_SIZE];

    return sb_add(out, sv_of(time_rfc3339(row->started_at, text)), err);
}

static enum err_code plain_updated(const struct pipeline_row *row,
                                   const struct view_look *look UNUSED, struct sb *out,
                                   struct err *err)
{
    char text[TIME_RFC3339_SIZE];

    return sb_add(out, sv_of(time_rfc3339(row->changed_at, text)), err);
}

static enum err_code plain_stages(const struct pipeline_row *row,
                                  const struct view_look *look UNUSED, struct sb *out,
                                  struct err *err)
{
    struct sv strip = row->stages;
    struct stage_mark mark;
    bool is_first = true;

    while (stage_strip_next(&strip, &mark)) {
        enum err_code rc = is_first ? ERR_OK : sb_addc(out, ',', err);

        if (rc == ERR_OK)
            rc = sb_add(out, mark.name, err);
        if (rc == ERR_OK)
            rc = sb_addc(out, '=', err);
        if (rc == ERR_OK)
            rc = sb_add(out, sv_of(status_aws(mark.status)), err);
        if (rc)
            return rc;
        is_first = false;
    }
    return ERR_OK;
}

/* clang-format off */
static const struct column plain_columns[] = {
    {"name",             NULL, 0, 0, 0, write_name,        false},
    {"account",          NULL, 0, 0, 0, write_account,     false},
    {"region",           NULL, 0, 0, 0, write_region,      false},
    {"strategy",         NULL, 0, 0, 0, plain_strategy,    false},
    {"logical",          NULL, 0, 0, 0, plain_logical,     false},
    {"environment",      NULL, 0, 0, 0, plain_environment, false},
    {"status",           NULL, 0, 0, 0, plain_status,      true},
    {"execution_id",     NULL, 0, 0, 0, plain_execution,   false},
    {"started_at",       NULL, 0, 0, 0, plain_started,     false},
    {"updated_at",       NULL, 0, 0, 0, plain_updated,     false},
    {"revision",         NULL, 0, 0, 0, plain_revision,    false},
    {"revision_summary", NULL, 0, 0, 0, plain_summary,     false},
    {"trigger",          NULL, 0, 0, 0, plain_trigger,     false},
    {"stages",           NULL, 0, 0, 0, plain_stages,      false},
    {"waiting",          NULL, 0, 0, 0, plain_waiting,     false},
    {"error",            NULL, 0, 0, 0, plain_error,       false},
    {"trouble",          NULL, 0, 0, 0, plain_trouble,     false},
};
/* clang-format on */
_Static_assert(ARRAY_LEN(plain_columns) <= VIEW_COLUMN_MAX, "room for every column");

const struct view view_plain = {
    .name = "plain",
    .title = "Plain",
    .help = "the same rows, tab-separated, for scripts",
    .columns = plain_columns,
    .column_count = ARRAY_LEN(plain_columns),
};
