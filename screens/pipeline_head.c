#include "screens/pipeline_head.h"

#include "core/views/age.h"
#include "screens/clone.h"
#include "tui/screen.h"

enum { ID_SHOWN = 8 };

struct sv head_note(const struct pipeline_part *part)
{
    if (part->pipeline.row.trouble.len > 0)
        return part->pipeline.row.trouble;
    return part->shown.stop_reason.len > 0 ? part->shown.stop_reason : part->shown.status_summary;
}

/* A reason alone could be anybody's words about anything. */
static const char *note_title(const struct pipeline_part *part)
{
    if (part->pipeline.row.trouble.len > 0 || part->shown.stop_reason.len == 0)
        return "";
    return part->shown.status == STATUS_STOPPING ? "stopping:" : "stopped:";
}

static int add_text(struct canvas *c, struct rect *line, enum style style, struct sv text)
{
    int used = canvas_cut(c, line->row, line->col, line->cols, style, text);
    int gap = used > 0 ? 2 : 0;

    line->col += used + gap;
    line->cols -= used + gap;
    return used;
}

static void add_pair(struct canvas *c, struct rect *line, const char *title, enum style style,
                     struct sv text)
{
    if (text.len == 0)
        return;
    add_text(c, line, STYLE_DIM, sv_of(title));
    line->col--; /* one blank between the two */
    line->cols++;
    add_text(c, line, style, text);
}

static void draw_where(const struct pipeline_part *part, const struct view_look *look,
                       struct canvas *c, struct rect line)
{
    const struct pipeline_row *row = &part->pipeline.row;
    enum status status = part->back > 0 ? part->shown.status : row->status;
    char ascii[2] = {status_ascii(status), '\0'};

    line.col += canvas_text(c, line.row, line.col, 1, style_of_status(status),
                            sv_of(look->is_utf8 ? status_glyph(status) : ascii)) +
                1;
    line.cols -= 2;
    add_text(c, &line, style_of_status(status), sv_of(status_word(status)));
    add_text(c, &line, STYLE_TITLE, row->id.name);
    add_text(c, &line, STYLE_DIM, row->id.account);
    add_text(c, &line, STYLE_DIM, row->id.region);
    if (row->mode != MODE_SUPERSEDED)
        add_text(c, &line, STYLE_DIM, sv_of(pipeline_mode_aws(row->mode)));
}

static void draw_execution(const struct pipeline_part *part, const struct view_look *look,
                           struct canvas *c, struct rect line)
{
    const struct execution *e = &part->shown;
    char text[AGE_SIZE];
    char left[LEFT_SIZE];

    if (e->id.len == 0) {
        add_text(c, &line, STYLE_DIM, SV("It never ran."));
        return;
    }
    left_write(part, look, left);
    add_pair(c, &line, "execution", STYLE_PLAIN, look->is_wide ? e->id : sv_take(e->id, ID_SHOWN));
    if (e->started_at > 0)
        add_pair(c, &line, "started", STYLE_PLAIN, sv_of(age_text(e->started_at, look, text)));
    add_text(c, &line, STYLE_BUSY, sv_of(left));
    add_pair(c, &line, "by", STYLE_PLAIN, e->trigger);
    add_text(c, &line, STYLE_DIM, e->trigger_detail);
}

static void draw_revision(const struct pipeline_part *part, struct canvas *c, struct rect line)
{
    const struct execution *e = &part->shown;

    if (e->is_rollback)
        add_pair(c, &line, "rolls back to", STYLE_ATTENTION, sv_take(e->rollback_target, ID_SHOWN));
    add_pair(c, &line, "revision", STYLE_PLAIN, sv_take(e->revision, 7));
    add_text(c, &line, STYLE_PLAIN, e->revision_summary);
}

static void draw_clone(const struct pipeline_part *part, struct canvas *c, struct rect line)
{
    struct sv name = clone_name(part);
    char command[TARGET_NAME_SIZE + 32];

    if (name.len == 0)
        return;
    snprintf(command, sizeof command, "penstock clone " SV_FMT, SV_ARG(name));
    add_pair(c, &line, "clone", STYLE_PLAIN, sv_of(command));
    add_text(c, &line, STYLE_DIM, SV("--exports: credentials for a shell"));
}

void head_draw(const struct pipeline_part *part, bool has_clone, const struct view_look *look,
               struct canvas *c, struct rect area)
{
    struct rect line = {area.row, area.col + 2, 1, area.cols - 2};

    draw_where(part, look, c, line);
    line.row++;
    draw_execution(part, look, c, line);
    line.row++;
    draw_revision(part, c, line);
    if (has_clone) {
        line.row++;
        draw_clone(part, c, line);
    }
    line.row++;
    if (note_title(part)[0] != '\0')
        add_pair(c, &line, note_title(part), STYLE_ATTENTION, head_note(part));
    else
        add_text(c, &line, STYLE_ATTENTION, head_note(part));
}

enum err_code head_print(const struct pipeline_part *part, const struct view_look *look,
                         struct sb *out, struct err *err)
{
    const struct pipeline_row *row = &part->pipeline.row;
    const struct execution *e = &part->shown;
    char left[LEFT_SIZE];
    char at[AGE_SIZE];
    enum err_code rc =
        sb_addf(out, err, "%s ", status_word(part->back > 0 ? e->status : row->status));

    if (rc == ERR_OK)
        rc = sb_add_safe(out, row->id.name, err);
    if (rc == ERR_OK && e->id.len > 0) {
        left_write(part, look, left);
        rc = sb_addf(out, err, ", execution " SV_FMT ", started %s%s%s", SV_ARG(e->id),
                     moment_text(e->started_at, look, at), left[0] != '\0' ? ", " : "", left);
    }
    if (rc == ERR_OK && e->revision.len > 0)
        rc = sb_add(out, SV(", revision "), err);
    if (rc == ERR_OK)
        rc = sb_add_safe(out, e->revision, err);
    if (rc == ERR_OK && e->revision_summary.len > 0)
        rc = sb_addc(out, ' ', err);
    if (rc == ERR_OK)
        rc = sb_add_safe(out, e->revision_summary, err);
    if (rc == ERR_OK && head_note(part).len > 0)
        rc = sb_addf(out, err, "\n%s%s", note_title(part), note_title(part)[0] != '\0' ? " " : "");
    if (rc == ERR_OK)
        rc = sb_add_safe(out, head_note(part), err);
    return rc ? rc : sb_addc(out, '\n', err);
}
