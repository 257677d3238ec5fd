#include "tui/safety.h"

#include "core/base/log.h"
#include "core/deploy/audit.h"
#include "core/operate/guard.h"
#include "core/views/age.h"
#include "tui/consent.h"

enum { MINUTE_MS = 60 * 1000, FREEZES_READ_MS = 30 * 1000 };

/* ---- the unlock ---- */

static enum err_code audit(const struct console *c, const char *outcome, const char *text,
                           struct sv reason, struct err *err)
{
    const struct work *work = c->options.work;
    const struct scope_item *first = c->scope.count > 0 ? &c->scope.items[0] : NULL;
    struct audit_line line = {.outcome = outcome,
                              .action = SV("unlock"),
                              .operation = SV(""),
                              .account = first != NULL ? first->account : SV(""),
                              .region = first != NULL ? first->region : SV(""),
                              .caller = first != NULL ? first->caller_arn : SV(""),
                              .target = SV("protected environments"),
                              .text = sv_of(text),
                              .reason = reason};

    return audit_write(work != NULL ? work->deploy.audit_dir : NULL, &line, err);
}

static unsigned say(struct console *c, const struct err *err)
{
    console_flash(c, STYLE_ATTENTION, "%s", err->text);
    return REACT_DRAW;
}

/* Where nothing can be written there is nothing to open; that somebody tried is kept. */
static unsigned refuse(struct console *c, struct sv reason)
{
    struct err err;

    return audit(c, "refused", c->flash, reason, &err) ? say(c, &err) : REACT_DRAW;
}

unsigned safety_unlock(struct console *c, struct sv argument)
{
    struct sv reason;
    struct sv word = sv_cut(sv_trim(argument), ' ', &reason);
    int64_t minutes = 0;
    char text[80];
    struct err err;

    reason = sv_trim(reason);
    if (!sv_to_int(word, &minutes) || minutes < 1 || minutes > UNLOCK_MINUTES_MAX) {
        console_flash(c, STYLE_ATTENTION,
                      "type minutes from 1 to %d and a reason: :unlock 15 rolling back sales",
                      UNLOCK_MINUTES_MAX);
        return REACT_DRAW;
    }
    if (reason.len == 0) {
        console_flash(c, STYLE_ATTENTION, "an unlock needs a reason: :unlock %d REASON",
                      (int)minutes);
        return REACT_DRAW;
    }
    if (!consent_may_write(c)) /* and says why */
        return refuse(c, reason);
    snprintf(text, sizeof text, "protected environments are open for %d minutes", (int)minutes);
    if (audit(c, "unlocked", text, reason, &err) ||
        guard_unlock((int)minutes, reason, c->look.now_ms, &err))
        return say(c, &err);
    safety_load(c);
    console_flash(c, STYLE_ATTENTION, "%s in this console; :lock ends it", text);
    return REACT_DRAW;
}

unsigned safety_lock(struct console *c)
{
    struct err err;

    if (guard_unlocked_until(c->look.now_ms, NULL) == 0) {
        console_flash(c, STYLE_PLAIN, "protected environments are locked already");
        return REACT_DRAW;
    }
    guard_lock();
    c->header.unlocked[0] = '\0';
    safety_load(c);
    if (audit(c, "locked", "protected environments are locked again", SV(""), &err))
        return say(c, &err);
    console_flash(c, STYLE_PLAIN, "protected environments are locked again");
    return REACT_DRAW;
}

void safety_close(struct console *c)
{
    struct err err;

    if (guard_unlocked_until(c->look.now_ms, NULL) == 0)
        return;
    guard_lock();
    if (audit(c, "locked", "the console was left, and with it the unlock", SV(""), &err))
        log_error("%s", err.text);
}

/* Its time ran out, or a clock was set. */
static void tell_end(struct console *c)
{
    struct err err;

    if (audit(c, "locked", "the unlock has ended: protected environments are locked again", SV(""),
              &err))
        console_flash(c, STYLE_ATTENTION, "%s", err.text);
}

/* ---- the header ---- */

/* The minutes that are left, the last one begun included. */
static void write_unlock(const struct console *c, char *out, size_t size)
{
    const char *reason = "";
    int64_t left = guard_unlocked_until(c->look.now_ms, &reason) - c->look.now_ms;

    out[0] = '\0';
    if (left > 0)
        snprintf(out, size, "UNLOCKED %lldm: %s", (long long)((left + MINUTE_MS - 1) / MINUTE_MS),
                 reason);
}

struct naming {
    char *out;
    size_t size;
    size_t count;
};

static bool keep_name(void *owner, const struct freeze_view *freeze)
{
    struct naming *n = owner;

    if (n->count++ == 0)
        snprintf(n->out, n->size, "FROZEN%s" SV_FMT ": " SV_FMT,
                 freeze->environments.len > 0 ? " " : "", SV_ARG(sv_take(freeze->environments, 40)),
                 SV_ARG(sv_take(freeze->name, 60)));
    else
        snprintf(n->out, n->size, "FROZEN: %zu freezes", n->count);
    return true;
}

static bool same(const char *before, const char *now)
{
    return strcmp(before, now) == 0;
}

bool safety_load(struct console *c)
{
    const struct work *work = c->options.work;
    char unlocked[sizeof c->header.unlocked];
    char frozen[sizeof c->header.frozen];
    bool is_other;

    write_unlock(c, unlocked, sizeof unlocked);
    snprintf(frozen, sizeof frozen, "%s", c->header.frozen);
    if (work != NULL && work->deploy.env != NULL &&
        (c->freezes_read_ms == 0 || c->look.now_ms - c->freezes_read_ms >= FREEZES_READ_MS)) {
        struct naming naming = {frozen, sizeof frozen, 0};

        frozen[0] = '\0';
        c->freezes_read_ms = c->look.now_ms;
        if (guard_freezes(work->deploy.env, c->look.now_ms, keep_name, &naming, NULL))
            snprintf(frozen, sizeof frozen, "FROZEN: the config cannot be read");
    }
    if (c->header.unlocked[0] != '\0' && unlocked[0] == '\0')
        tell_end(c);
    is_other = !same(unlocked, c->header.unlocked) || !same(frozen, c->header.frozen);
    snprintf(c->header.unlocked, sizeof c->header.unlocked, "%s", unlocked);
    snprintf(c->header.frozen, sizeof c->header.frozen, "%s", frozen);
    return is_other;
}

int64_t safety_next_change(const struct console *c)
{
    int64_t left = guard_unlocked_until(c->look.now_ms, NULL) - c->look.now_ms;
    int64_t next = 0;

    if (left > 0)
        next = c->look.now_ms + 1 + (left - 1) % MINUTE_MS;
    if (c->freezes_read_ms != 0)
        next = age_sooner(next, c->freezes_read_ms + FREEZES_READ_MS);
    return next;
}
