#include "tui/header.h"

#include <stdarg.h>

#include "core/views/age.h"

enum {
    MINUTE_MS = 60 * 1000,
    GUTTER = 2,
    ALERT_LEAST = 8,
    UNLOCK_LEAST = 14 /* "UNLOCKED 12m" */
};

PRINTF_LIKE(3, 4)
static void add(char *text, size_t size, const char *fmt, ...)
{
    size_t len = strlen(text);
    va_list args;

    va_start(args, fmt);
    vsnprintf(text + len, size - len, fmt, args);
    va_end(args);
}

static void add_others(char *text, size_t size, size_t others)
{
    if (others > 0)
        add(text, size, " +%zu", others);
}

static size_t count_accounts(const struct scope *scope)
{
    size_t count = 0;

    for (size_t i = 0; i < scope->count; i++) {
        bool is_new = scope->items[i].account.len > 0;

        for (size_t k = 0; k < i && is_new; k++)
            is_new = !sv_eq(scope->items[k].account, scope->items[i].account);
        count += is_new;
    }
    return count;
}

/* "arn:aws:sts::123456789012:assumed-role/DataOps/alice" is DataOps; a user's name, or root. */
static void write_role(struct header *h, struct sv arn)
{
    struct sv rest = arn;
    struct sv name;

    for (int i = 0; i < 5; i++)
        sv_cut(rest, ':', &rest);
    name = sv_cut(rest, '/', &rest);
    if (rest.len > 0)
        name = sv_cut(rest, '/', &rest);
    snprintf(h->role, sizeof h->role, SV_FMT, SV_ARG(name));
}

void header_load_where(struct header *h, const struct scope *scope)
{
    const struct scope_item *first = scope->items;
    size_t accounts = count_accounts(scope);

    h->where[0] = h->account[0] = h->role[0] = '\0';
    if (scope->count == 0)
        return;
    snprintf(h->where, sizeof h->where, SV_FMT "%s" SV_FMT, SV_ARG(first->profile),
             first->region.len > 0 ? "@" : "", SV_ARG(first->region));
    add_others(h->where, sizeof h->where, scope->count - 1);
    if (first->account.len > 0) {
        snprintf(h->account, sizeof h->account, SV_FMT, SV_ARG(first->account));
        add_others(h->account, sizeof h->account, accounts - 1);
    }
    write_role(h, first->caller_arn);
}

static enum header_state state_of(const struct freshness *f, int64_t now_ms)
{
    bool is_network = f->code == ERR_NET || f->code == ERR_TLS || f->code == ERR_TIMEOUT;

    if (freshness_is_failing(f))
        return is_network ? HEADER_OFFLINE : HEADER_ERROR;
    if (f->synced_at == 0)
        return HEADER_LOADING;
    return freshness_is_stale(f, now_ms) ? HEADER_STALE : HEADER_FRESH;
}

/* The order in which one context's state outweighs another's. */
static int weight(enum header_state state)
{
    switch (state) {
    case HEADER_ERROR:
        return 4;
    case HEADER_OFFLINE:
        return 3;
    case HEADER_STALE:
        return 2;
    case HEADER_LOADING:
        return 1;
    case HEADER_FRESH:
        break;
    }
    return 0;
}

static void add_error(struct header *h, const struct scope_item *item, bool is_alone,
                      const char *sentence)
{
    int length;

    h->failed++;
    if (h->error[0] != '\0')
        return;
    /* The row of the screen is shorter still. */
    length = is_alone ? snprintf(h->error, sizeof h->error, "%s", sentence)
                      : snprintf(h->error, sizeof h->error, SV_FMT "%s" SV_FMT ": %s",
                                 SV_ARG(item->profile), item->region.len > 0 ? "@" : "",
                                 SV_ARG(item->region), sentence);
    if (length < 0)
        h->error[0] = '\0';
}

static void add_item(struct header *h, const struct scope_item *item, bool is_alone,
                     const struct freshness *f, int64_t now_ms)
{
    /* A context that cannot be used at all has no freshness to tell why. */
    bool is_usable = item->code == ERR_OK || item->error == item->freshness.error;
    enum header_state state = is_usable ? state_of(f, now_ms) : HEADER_ERROR;

    if (h->count == 0 || f->synced_at < h->synced_at)
        h->synced_at = f->synced_at;
    if (f->synced_at > h->answered_at)
        h->answered_at = f->synced_at;
    if (f->failed_at > h->answered_at)
        h->answered_at = f->failed_at;
    h->count++;
    if (f->rate_per_s > 0 && (h->rate_per_s <= 0 || f->rate_per_s < h->rate_per_s))
        h->rate_per_s = f->rate_per_s;
    h->is_slowed = h->is_slowed || f->is_slowed;
    if (!is_usable)
        add_error(h, item, is_alone, item->error);
    else if (freshness_is_failing(f))
        add_error(h, item, is_alone, f->error);
    if (weight(state) > weight(h->state))
        h->state = state;
}

bool header_load_freshness(struct header *h, struct cache *cache, const struct scope *scope,
                           int64_t now_ms)
{
    struct header old = *h;
    struct freshness f;

    h->state = HEADER_FRESH;
    h->synced_at = 0;
    h->answered_at = 0;
    h->rate_per_s = 0;
    h->failed = h->count = 0;
    h->error[0] = '\0';
    h->is_slowed = false;
    for (size_t i = 0; i < scope->count; i++) {
        cache_get_freshness(cache, scope->items[i].profile, scope->items[i].region, &f);
        add_item(h, &scope->items[i], scope->count == 1, &f, now_ms);
    }
    /* While every call is refused no sync ends, and none tells. */
    if (h->slowed_to > 0) {
        h->is_slowed = true;
        h->rate_per_s = h->slowed_to;
    }
    h->poller = h->is_poller ? 0 : cache_lease_holder(cache);
    return memcmp(&old, h, sizeof old) != 0;
}

static const struct {
    const char *word;
    enum style style;
    bool has_age;
} states[] = {
    [HEADER_LOADING] = {"loading", STYLE_BUSY, false},
    [HEADER_FRESH] = {"synced", STYLE_HEADER, false},
    [HEADER_STALE] = {"STALE", STYLE_ATTENTION, true},
    [HEADER_OFFLINE] = {"OFFLINE", STYLE_ATTENTION, true},
    [HEADER_ERROR] = {"ERROR", STYLE_BAD, true},
};

/* In minutes only: a clock that ticks each second costs bytes for nothing. */
static bool tells_minutes(const struct header *h, int64_t now_ms)
{
    return !h->is_cached && h->state == HEADER_FRESH && now_ms - h->synced_at >= MINUTE_MS;
}

static bool tells_age(const struct header *h)
{
    return h->is_cached || states[h->state].has_age;
}

/* In coarse steps: the pace moves a little with each call, the header should not. */
static int pace_step(double rate_per_s)
{
    static const int steps[] = {1000, 500, 200, 100, 50, 20, 10, 5, 2};

    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        if (rate_per_s >= steps[i])
            return steps[i];
    }
    return 1;
}

/* What of the freshness is left out where the row is short: how fast and who polls, then all but
 * how fresh. */
enum brevity { BREVITY_NONE, BREVITY_QUIET, BREVITY_BRIEF };

/* As fresh as it says, but perhaps not for long. */
static bool is_silent(const struct header *h)
{
    return h->is_silent && !h->is_cached && h->state == HEADER_FRESH;
}

static void write_freshness(const struct header *h, int64_t now_ms, enum brevity brevity, char *out,
                            size_t size)
{
    struct view_look look = {.now_ms = now_ms};
    char age[AGE_SIZE];

    snprintf(out, size, "%s%s", is_silent(h) ? "AWS silent, " : "",
             h->is_cached ? "CACHED" : states[h->state].word);
    if (h->failed > 0 && h->failed < h->count)
        add(out, size, " in %zu of %zu", h->failed, h->count);
    if (tells_age(h)) {
        bool is_known = h->synced_at > 0;

        if (is_known && strcmp(age_text(h->synced_at, &look, age), "now") != 0)
            add(out, size, " %s old", age_text(h->synced_at, &look, age));
        else
            add(out, size, " %s synced", is_known ? "just" : "never");
    }
    if (brevity == BREVITY_BRIEF)
        return;
    if (tells_minutes(h, now_ms))
        add(out, size, " %s ago", age_text(h->synced_at, &look, age));
    if (h->is_slowed)
        add(out, size, "  slowed to %.1f/s", h->rate_per_s);
    else if (!h->is_cached && h->rate_per_s > 0 && brevity == BREVITY_NONE)
        add(out, size, "  api %d/s", pace_step(h->rate_per_s));
    if (!h->is_cached && !h->is_poller && h->poller > 0 && brevity == BREVITY_NONE)
        add(out, size, "  pid %ld polls", h->poller);
}

int64_t header_next_change(const struct header *h, int64_t now_ms)
{
    struct view_look look = {.now_ms = now_ms};
    int64_t next = 0;

    if (h->synced_at == 0)
        return 0;
    if (tells_age(h) || tells_minutes(h, now_ms))
        next = age_next(h->synced_at, &look);
    else if (h->state == HEADER_FRESH)
        next = h->synced_at + MINUTE_MS;
    if (h->state == HEADER_FRESH)
        next = age_sooner(next, h->synced_at + VIEW_STALE_AFTER_MS + 1);
    return next;
}

static int width_of(const char *text)
{
    return text[0] != '\0' ? text_width(sv_of(text)) + GUTTER : 0;
}

static int add_alert(struct canvas *c, int row, int col, int most, const char *text)
{
    if (text[0] == '\0' || most < ALERT_LEAST)
        return col;
    return col + canvas_cut(c, row, col, most, STYLE_ATTENTION, sv_of(text)) + GUTTER;
}

/* What may not be done, and what may for once: of both the end of the unlock's reason goes first.
 */
static int add_alerts(const struct header *h, struct canvas *c, int row, int col, int right)
{
    int room = right - col;
    int minutes = width_of(h->unlocked) < UNLOCK_LEAST ? width_of(h->unlocked) : UNLOCK_LEAST;
    int frozen = width_of(h->frozen) < room - minutes ? width_of(h->frozen) : room - minutes;

    col = add_alert(c, row, col, frozen - (minutes > 0 ? GUTTER : 0), h->frozen);
    return add_alert(c, row, col, right - col, h->unlocked);
}

/* One piece behind the other while there is room; what is left out was less important. */
static int add_piece(struct canvas *c, int row, int col, int right, enum style style,
                     struct sv text)
{
    int width = text_width(text);

    if (width == 0 || width > right - col)
        return col;
    return col + canvas_text(c, row, col, width, style, text) + GUTTER;
}

static int add_who(const struct header *h, struct canvas *c, int row, int col, int room)
{
    int after = add_piece(c, row, col, room, STYLE_PLAIN, sv_of(h->account));

    if (after == col) /* a role without its account says nothing */
        return col;
    return add_piece(c, row, after, room, STYLE_PLAIN, sv_of(h->role));
}

/* Beside a freeze or an unlock the role is what matters: whose hands are on it. */
static int add_role(const struct header *h, struct canvas *c, int row, int col, int room)
{
    if (width_of(h->account) + width_of(h->role) <= room - col)
        return add_who(h, c, row, col, room);
    return add_piece(c, row, col, room, STYLE_PLAIN, sv_of(h->role));
}

/* Where it is too narrow the pace and who polls give way first, then the role and the account:
 * which context, what is allowed and how fresh it is are the questions of the night. With something
 * frozen or unlocked the account goes before the role does. */
void header_draw(const struct header *h, const struct view_look *look, struct canvas *c, int row)
{
    enum style style = h->is_cached || is_silent(h) ? STYLE_ATTENTION : states[h->state].style;
    struct sv allowed = h->is_read_only ? SV("read-only") : SV("");
    int alerts = width_of(h->frozen) + width_of(h->unlocked);
    int rest = 1 + width_of(h->where) + alerts + width_of(h->account) + width_of(h->role) +
               (allowed.len > 0 ? text_width(allowed) + GUTTER : 0);
    char fresh[160];
    int right;
    int room;
    int col = 1;

    write_freshness(h, look->now_ms, BREVITY_NONE, fresh, sizeof fresh);
    for (int brevity = BREVITY_QUIET; brevity <= (alerts > 0 ? BREVITY_BRIEF : BREVITY_QUIET) &&
                                      rest + text_width(sv_of(fresh)) >= c->cols;
         brevity++)
        write_freshness(h, look->now_ms, (enum brevity)brevity, fresh, sizeof fresh);
    right = c->cols - 1 - text_width(sv_of(fresh));
    canvas_text(c, row, right, c->cols - right, style, sv_of(fresh));
    room = right - 1 - (allowed.len > 0 ? text_width(allowed) + GUTTER : 0);
    col += canvas_cut(c, row, col, room - col, STYLE_HEADER, sv_of(h->where)) + GUTTER;
    if (alerts > 0) {
        int kept = width_of(h->role) < (room - col) / 2 ? width_of(h->role) : 0;

        col = add_alerts(h, c, row, col, room - kept);
        col = add_role(h, c, row, col, room);
    } else {
        col = add_who(h, c, row, col, room);
    }
    add_piece(c, row, col, right - 1, STYLE_GOOD, allowed);
}
