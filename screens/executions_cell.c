#include "screens/executions_cell.h"

#include "core/views/age.h"

enum { ID_SHOWN = 8, REVISION_SHOWN = 7, MINUTE_MS = 60 * 1000 };

static const char *took_text(const struct execution *e, const struct view_look *look,
                             char out[AGE_SIZE])
{
    bool is_running = status_is_running(e->status);
    int64_t end = is_running ? look->now_ms : e->updated_at;
    int64_t took = e->started_at > 0 && end >= e->started_at ? end - e->started_at : -1;

    if (is_running && look->is_coarse && took >= 0 && took < 60 * MINUTE_MS) {
        snprintf(out, AGE_SIZE, took < MINUTE_MS ? "<1m" : "%dm", (int)(took / MINUTE_MS));
        return out;
    }
    return duration_text(took, out);
}

void execution_cell_write(const struct execution_row *row, const char *name,
                          const struct view_look *look, struct sb *out)
{
    const struct execution *e = row->execution;
    char ascii[2] = {status_ascii(row->status), '\0'};
    char text[AGE_SIZE];
    struct sv cell = SV_NONE;

    if (strcmp(name, "environment") == 0)
        cell = row->part->pipeline.row.environment;
    else if (strcmp(name, "id") == 0)
        cell = look->is_wide ? e->id : sv_take(e->id, ID_SHOWN);
    else if (strcmp(name, "started") == 0)
        cell = sv_of(age_text(e->started_at, look, text));
    else if (strcmp(name, "took") == 0)
        cell = sv_of(took_text(e, look, text));
    else if (strcmp(name, "commit") == 0)
        cell = look->is_wide ? e->revision : sv_take(e->revision, REVISION_SHOWN);
    else if (strcmp(name, "summary") == 0)
        cell = e->revision_summary;
    else if (strcmp(name, "trigger") == 0)
        cell = e->is_rollback ? SV("rollback") : e->trigger;
    else if (sb_addf(out, NULL, "%s %s", look->is_utf8 ? status_glyph(row->status) : ascii,
                     status_word(row->status)))
        sb_clear(out);
    if (sb_add(out, sv_take(cell, 4000), NULL))
        sb_clear(out);
}
