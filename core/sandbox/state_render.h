/* GetPipelineState's reply. */
#ifndef PENSTOCK_SANDBOX_STATE_RENDER_H
#define PENSTOCK_SANDBOX_STATE_RENDER_H

#include "core/sandbox/world.h"

enum err_code state_render(const struct pipe *p, struct sb *out, struct err *err) MUST_CHECK;

#endif
