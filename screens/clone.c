#include "screens/clone.h"

#include "screens/copying.h"
#include "screens/removal.h"

static bool is_codecommit(const struct pipeline_part *part)
{
    const struct pipeline_state *state = &part->pipeline.state;

    for (size_t i = 0; i < state->stage_count; i++) {
        for (size_t k = 0; k < state->stages[i].action_count; k++) {
            if (sv_eq(state->stages[i].actions[k].provider, SV("CodeCommit")))
                return true;
        }
    }
    return false;
}

struct sv clone_name(const struct pipeline_part *part)
{
    return is_codecommit(part) ? made_name(part->pipeline.tags, part->pipeline.tag_count, SV(""))
                               : SV("");
}

enum err_code clone_command(const struct pipeline_part *part, bool is_exports, struct sb *out,
                            struct err *err)
{
    enum err_code rc;

    if (clone_name(part).len == 0)
        return err_set(err, ERR_NOT_FOUND, "it has no CodeCommit repository of penstock's");
    rc = sb_add(out, SV("penstock clone "), err);
    if (rc == ERR_OK)
        rc = add_shell_word(out, clone_name(part), err);
    return rc == ERR_OK && is_exports ? sb_add(out, SV(" --exports"), err) : rc;
}
