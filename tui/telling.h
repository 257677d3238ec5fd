/* Telling: an act as sentences, each said once: for linear mode, where nothing is painted again. */
#ifndef PENSTOCK_TUI_TELLING_H
#define PENSTOCK_TUI_TELLING_H

#include "tui/work.h"

enum { TELLING_STEPS = 256 };

struct telling {
    uint64_t begun; /* which act is told: work.begun */
    enum act_state state;
    enum step_state steps[TELLING_STEPS];
    size_t events;
};

/* Add what is new since the last call, a line each; *shows_plan when a plan came. */
enum err_code telling_news(struct telling *t, const struct work *work, struct sb *out,
                           bool *shows_plan, struct err *err) MUST_CHECK;
/* How an act that has ended did so, with the request id of each write: said again when other news
 * came between it and the person. */
enum err_code telling_result(const struct act *act, struct sb *out, struct err *err) MUST_CHECK;

#endif
