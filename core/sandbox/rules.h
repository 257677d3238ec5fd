/* Rules: what a stage's condition asks before it lets a run go on.
 *
 * What a rule answers follows from its configuration and the clock, never from chance. Those of
 * AWS whose services the sandbox has not (alarms, builds of a rule's own) cannot be asked: they
 * fail with an error, and their condition shows as Errored. */
#ifndef PENSTOCK_SANDBOX_RULES_H
#define PENSTOCK_SANDBOX_RULES_H

#include "core/base/json.h"
#include "core/sandbox/world.h"

enum { RULE_WHY_MAX = 400 };

struct rule_answer {
    bool is_good;
    const char *code; /* why it could not be asked; NULL: it was */
    char why[RULE_WHY_MAX];
};

enum err_code rule_ask(const struct pipe *p, const struct run *run, const struct rule_shape *rule,
                       int64_t now_ms, struct rule_answer *out, struct err *err) MUST_CHECK;

/* Is the provider one of AWS's, and its configuration what it wants? Else why, and false. */
bool rule_is_known(struct sv provider);
bool rule_is_sound(struct sv provider, const cJSON *configuration, char why[RULE_WHY_MAX]);

/* Is the moment inside the window? The expression is DeploymentWindow's: seconds (only *), minutes,
 * hours, day of month, month, day of week and perhaps a year, as Quartz reads them; the zone is
 * UTC or an offset from it. False and why when one of them cannot be read. */
bool window_read(struct sv cron, struct sv zone, int64_t now_ms, bool *is_inside,
                 char why[RULE_WHY_MAX]);

#endif
