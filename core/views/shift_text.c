/* The shift as text and as JSON. */
#include "core/views/age.h"
#include "core/views/shift.h"

static const struct {
    const char *json;
    const char *heading;
} sections[SHIFT_COUNT] = {
#define SHIFT_ROW(name, json, heading) [SHIFT_##name] = {json, heading},
    SHIFT_LIST(SHIFT_ROW)
#undef SHIFT_ROW
};

static enum err_code add_piece(struct sb *out, const char *before, struct sv text, struct err *err)
{
    enum err_code rc;

    if (text.len == 0)
        return ERR_OK;
    rc = sb_add(out, sv_of(before), err);
    return rc ? rc : sb_add_safe(out, sv_take(text, 500), err);
}

static enum err_code add_time(int64_t at_ms, struct sb *out, struct err *err)
{
    char at[TIME_RFC3339_SIZE];

    return sb_addf(out, err, "  %-20s ", at_ms > 0 ? time_rfc3339(at_ms / 1000 * 1000, at) : "-");
}

static enum err_code add_item(const struct shift_item *item, enum shift_section section,
                              const struct shift *shift, struct sb *out, struct err *err)
{
    bool is_old = section == SHIFT_FAILING && item->at < shift->since_ms;
    enum err_code rc = add_time(item->at, out, err);

    if (!rc)
        rc = add_piece(out, "", item->subject, err);
    if (!rc)
        rc = add_piece(out, " -> ", section == SHIFT_BY_HAND ? SV("") : item->environment, err);
    if (!rc)
        rc = add_piece(out, ", by ", item->who, err);
    if (!rc && is_old)
        rc = sb_add(out, SV(", since before"), err);
    if (!rc)
        rc = add_piece(out, ": ", item->text, err);
    return rc ? rc : sb_addc(out, '\n', err);
}

static enum err_code add_group(const struct shift_group *group, struct sb *out, struct err *err)
{
    const struct shift_item *latest = group->latest;
    enum err_code rc = add_time(latest->at, out, err);

    if (!rc)
        rc = add_piece(out, "", latest->subject, err);
    if (!rc)
        rc = add_piece(out, " -> ", latest->environment, err);
    if (!rc && group->count > 1)
        rc = sb_addf(out, err, ", %zu times", group->count);
    if (!rc)
        rc = add_piece(out, group->count > 1 ? ", the last by " : ", by ", latest->who, err);
    if (!rc)
        rc = add_piece(out, ": ", latest->text, err);
    return rc ? rc : sb_addc(out, '\n', err);
}

static enum err_code add_releases(const struct shift *shift, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < shift->group_count && i < SHIFT_GROUPS_SHOWN && !rc; i++)
        rc = add_group(&shift->groups[i], out, err);
    if (!rc && shift->group_count > SHIFT_GROUPS_SHOWN)
        rc = sb_addf(out, err, "  ... and %zu more; --json has each release\n",
                     shift->group_count - SHIFT_GROUPS_SHOWN);
    return rc;
}

static enum err_code add_part(const struct shift *shift, enum shift_section section, struct sb *out,
                              struct err *err)
{
    const struct shift_part *part = &shift->parts[section];
    enum err_code rc;

    if (part->count == 0)
        return ERR_OK;
    rc = sb_addf(out, err, "\n%s (%zu)\n", sections[section].heading, part->count);
    if (section == SHIFT_RELEASED)
        return rc ? rc : add_releases(shift, out, err);
    for (const struct shift_item *item = part->items; item != NULL && !rc; item = item->next)
        rc = add_item(item, section, shift, out, err);
    if (!rc && part->count > SHIFT_ITEMS_MAX)
        rc = sb_addf(out, err, "  ... and %zu more\n", part->count - SHIFT_ITEMS_MAX);
    return rc;
}

enum err_code shift_text(const struct shift *shift, struct sb *out, struct err *err)
{
    char since[TIME_RFC3339_SIZE];
    char took[AGE_SIZE];
    enum err_code rc = sb_addf(
        out, err, "Since %s (%s): %zu of %zu pipelines changed, %zu failing, %zu waiting%s%s\n",
        time_rfc3339(shift->since_ms / 1000 * 1000, since),
        duration_text(shift->now_ms - shift->since_ms, took), shift->changed, shift->pipelines,
        shift->parts[SHIFT_FAILING].count, shift->parts[SHIFT_WAITING].count,
        shift->has_more ? "; not all changes were looked at" : "",
        shift->is_incomplete ? "; not all could be read" : "");

    for (int i = 0; i < SHIFT_COUNT && !rc; i++)
        rc = add_part(shift, (enum shift_section)i, out, err);
    return rc;
}

static void put_members(struct jw *w, const struct shift_item *item)
{
    jw_put_time(w, "at", item->at);
    jw_put_sv(w, "subject", item->subject);
    jw_put_sv(w, "account", item->account);
    jw_put_sv(w, "region", item->region);
    jw_put_sv(w, "environment", item->environment);
    jw_put_sv(w, "who", item->who);
    jw_put_sv(w, "text", item->text);
}

static void put_list(struct jw *w, const struct shift_item *items)
{
    jw_open(w, '[');
    for (; items != NULL; items = items->next) {
        jw_open(w, '{');
        put_members(w, items);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void put_groups(struct jw *w, const struct shift *shift)
{
    jw_open(w, '[');
    for (size_t i = 0; i < shift->group_count; i++) {
        jw_open(w, '{');
        jw_put_int(w, "releases", (int64_t)shift->groups[i].count);
        put_members(w, shift->groups[i].latest);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

/* Lists that could not take all. */
static bool is_cut(const struct shift *shift)
{
    bool is = shift->has_more;

    for (int i = 0; i < SHIFT_COUNT; i++)
        is = is || shift->parts[i].count >
                       (size_t)(i == SHIFT_RELEASED ? SHIFT_RELEASES_MAX : SHIFT_ITEMS_MAX);
    return is;
}

enum err_code shift_json(const struct shift *shift, struct sb *out, struct err *err)
{
    struct jw w;
    enum err_code rc;

    jw_init(&w, out, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_put_time(&w, "since", shift->since_ms);
    jw_put_time(&w, "until", shift->now_ms);
    jw_put_int(&w, "pipelines", (int64_t)shift->pipelines);
    jw_put_int(&w, "changed", (int64_t)shift->changed);
    jw_put_bool(&w, "truncated", is_cut(shift));
    if (shift->is_incomplete)
        jw_put_bool(&w, "incomplete", true);
    for (int i = 0; i < SHIFT_COUNT; i++) {
        jw_name(&w, sections[i].json);
        put_list(&w, shift->parts[i].items);
    }
    jw_name(&w, "release_groups");
    put_groups(&w, shift);
    jw_name(&w, "delivery");
    figures_json(&w, shift->figures, shift->figure_count);
    jw_close(&w, '}');
    rc = jw_done(&w);
    return rc ? rc : sb_addc(out, '\n', err);
}
