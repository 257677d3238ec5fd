/* The failure as JSON, and back. */
#include "core/base/json.h"
#include "core/operate/failure.h"

static void put_at(struct jw *w, const char *name, int64_t ms, bool is_document)
{
    if (is_document)
        jw_put_int(w, name, ms);
    else
        jw_put_time(w, name, ms);
}

static void put_text(struct jw *w, const char *name, struct sv text, bool is_document)
{
    if (text.len > 0 || !is_document)
        jw_put_sv(w, name, text.len > 0 ? sv_take(text, FAILURE_TEXT_MAX) : SV_NONE);
}

static void put_lines(struct jw *w, const struct failed_action *a, bool is_document)
{
    jw_name(w, "log");
    jw_open(w, '[');
    for (size_t i = 0; i < a->line_count; i++) {
        const struct failure_line *l = &a->lines[i];

        jw_open(w, '{');
        jw_put_int(w, "line", is_document ? l->number : l->number + 1);
        put_at(w, "at", l->at_ms, is_document);
        jw_put_sv(w, "text", sv_take(l->text, FAILURE_TEXT_MAX));
        if (l->is_error || !is_document)
            jw_put_bool(w, "error", l->is_error);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

/* clang-format off */
#define TEXTS(X) \
    X(stage) X(action) X(category) X(provider) X(code) X(message) X(url) X(build) X(build_status) \
    X(phase) X(phase_code) X(phase_reason) X(stack) X(stack_account) X(stack_region) \
    X(stack_status) X(resource) X(resource_type) X(resource_status) X(resource_reason) X(note)
/* clang-format on */

static void put_action(struct jw *w, const struct failed_action *a, bool is_document)
{
    jw_open(w, '{');
#define PUT(name) put_text(w, #name, a->name, is_document);
    TEXTS(PUT)
#undef PUT
    put_at(w, "at", a->at, is_document);
    put_at(w, "resource_at", a->resource_at, is_document);
    jw_put_int(w, "phase_seconds", a->phase_seconds);
    jw_put_int(w, "log_lines", a->log_lines);
    put_lines(w, a, is_document);
    jw_close(w, '}');
}

void failure_json(struct jw *w, const struct failure *failure, bool is_document)
{
    jw_put_sv(w, "execution", failure->execution_id);
    put_text(w, "summary", failure->summary, is_document);
    put_at(w, "started", failure->started_at, is_document);
    put_at(w, "updated", failure->updated_at, is_document);
    put_text(w, "note", failure->note, is_document);
    jw_name(w, "actions");
    jw_open(w, '[');
    for (size_t i = 0; i < failure->action_count; i++)
        put_action(w, &failure->actions[i], is_document);
    jw_close(w, ']');
}

/* ---- and back ---- */

/* False when the arena is full. */
static bool take_text(const cJSON *json, const char *name, struct arena *arena, struct sv *out)
{
    *out = arena_sv(arena, sv_take(json_sv(json, name), FAILURE_TEXT_MAX));
    return out->ptr != NULL;
}

static bool take_lines(const cJSON *json, struct arena *arena, struct failed_action *out)
{
    out->lines = arena_alloc(arena, FAILURE_LINES_MAX, sizeof *out->lines);
    if (out->lines == NULL)
        return false;
    for (const cJSON *l = json_list(json, "log"); l != NULL && out->line_count < FAILURE_LINES_MAX;
         l = l->next) {
        struct failure_line *line = &out->lines[out->line_count++];

        *line = (struct failure_line){.number = json_int(l, "line", 0),
                                      .at_ms = json_int(l, "at", 0),
                                      .is_error = json_bool(l, "error", false)};
        if (!take_text(l, "text", arena, &line->text))
            return false;
    }
    return true;
}

static bool take_action(const cJSON *json, struct arena *arena, struct failed_action *out)
{
    bool is_fine = true;

    *out = (struct failed_action){.at = json_int(json, "at", 0),
                                  .resource_at = json_int(json, "resource_at", 0),
                                  .phase_seconds = json_int(json, "phase_seconds", 0),
                                  .log_lines = json_int(json, "log_lines", 0)};
#define TAKE(name) is_fine = is_fine && take_text(json, #name, arena, &out->name);
    TEXTS(TAKE)
#undef TAKE
    return is_fine && take_lines(json, arena, out);
}

static enum err_code take(const cJSON *json, struct arena *arena, struct failure *out,
                          struct err *err)
{
    bool is_fine;

    *out = (struct failure){.started_at = json_int(json, "started", 0),
                            .updated_at = json_int(json, "updated", 0)};
    is_fine = take_text(json, "execution", arena, &out->execution_id) &&
              take_text(json, "summary", arena, &out->summary) &&
              take_text(json, "note", arena, &out->note);
    out->actions = arena_alloc(arena, FAILURE_ACTIONS_MAX, sizeof *out->actions);
    is_fine = is_fine && out->actions != NULL;
    for (const cJSON *a = json_list(json, "actions");
         is_fine && a != NULL && out->action_count < FAILURE_ACTIONS_MAX; a = a->next)
        is_fine = take_action(a, arena, &out->actions[out->action_count++]);
    return is_fine ? ERR_OK : arena_err(arena, err);
}

enum err_code failure_parse(struct sv json, struct arena *arena, struct failure *out,
                            struct err *err)
{
    cJSON *parsed;
    enum err_code rc = json_parse(json, &parsed, err);

    if (rc)
        return rc;
    if (json_int(parsed, "schema", 0) != 1)
        rc = err_set(err, ERR_NOT_FOUND, "a newer penstock wrote this failure's card");
    else
        rc = take(parsed, arena, out, err);
    cJSON_Delete(parsed);
    return rc;
}
