#include "core/model/spelling.h"
#include "screens/environments.h"

enum field { FIELD_CHOICE, FIELD_ARNS, FIELD_TRUST };
enum { AS_THEY_ARE, ADMINISTRATOR, BELOW };

static const char *const choices[] = {"as they are", "AdministratorAccess", "those below", NULL};

/* The next word of ARNs divided by blanks or commas; empty at the end. */
static struct sv next_word(struct sv *rest)
{
    size_t len = 0;

    while (rest->len > 0 && (rest->ptr[0] == ' ' || rest->ptr[0] == ','))
        *rest = sv_drop(*rest, 1);
    while (len < rest->len && rest->ptr[len] != ' ' && rest->ptr[len] != ',')
        len++;
    *rest = sv_drop(*rest, len);
    return sv_make(rest->ptr - len, len);
}

static bool check_arns(struct sv text, bool is_wanted, char *fault, size_t size)
{
    int count = 0;

    if (!is_wanted)
        return true;
    for (struct sv word = next_word(&text); word.len > 0; word = next_word(&text)) {
        count++;
        if (!sv_starts(word, SV("arn:"))) {
            snprintf(fault, size, "\"" SV_FMT "\" is no ARN", SV_ARG(sv_take(word, 60)));
            return false;
        }
    }
    if (count >= 1 && count <= BOOTSTRAP_POLICIES_MAX)
        return true;
    snprintf(fault, size, "write 1 to %d ARNs of policies, divided by blanks",
             BOOTSTRAP_POLICIES_MAX);
    return false;
}

static bool rule(void *owner, int field, struct sv text, char *fault, size_t size)
{
    const struct bootstrap_ask *b = owner;

    if (field == FIELD_ARNS)
        return check_arns(text, b->form.fields[FIELD_CHOICE].chosen == BELOW, fault, size);
    if (field != FIELD_TRUST || text.len == 0 || spelling_account(text))
        return true;
    snprintf(fault, size, "must be the 12 digits of an AWS account, or empty");
    return false;
}

void bootstrap_ask_open(struct bootstrap_ask *b, struct sv region, bool is_new)
{
    struct form_field *choice;

    b->is_open = true;
    snprintf(b->admin, sizeof b->admin, "arn:%s:iam::aws:policy/AdministratorAccess",
             partition_by_region(region));
    form_init(&b->form, rule, b);
    choice = form_add(&b->form, FORM_CHOICE, "Policies",
                      "what CloudFormation may do there; a new bootstrap needs some");
    choice->choices = choices;
    choice->chosen = is_new ? ADMINISTRATOR : AS_THEY_ARE;
    form_add(&b->form, FORM_TEXT, "ARNs", "with \"those below\": ARNs of policies");
    form_add(&b->form, FORM_TEXT, "Trust",
             "the account that may deploy there; empty: the CICD account. None is dropped");
}

static enum err_code add_policy(struct act *act, struct sv arn, struct err *err)
{
    struct sv copy = arena_sv(&act->arena, arn);

    if (copy.ptr == NULL)
        return arena_err(&act->arena, err);
    if (act->input.policy_count == BOOTSTRAP_POLICIES_MAX)
        return err_set(err, ERR_LIMIT, "at most %d policies", BOOTSTRAP_POLICIES_MAX);
    act->input.policies[act->input.policy_count++] = copy;
    return ERR_OK;
}

enum err_code bootstrap_ask_fill(const struct bootstrap_ask *b, struct act *act, struct err *err)
{
    const struct form_field *fields = b->form.fields;
    struct sv rest = form_text(&fields[FIELD_ARNS]);
    enum err_code rc = ERR_OK;

    act->input.trust = SV("");
    if (!b->is_open)
        return ERR_OK;
    act->input.policies =
        arena_alloc(&act->arena, BOOTSTRAP_POLICIES_MAX, sizeof *act->input.policies);
    act->input.trust = arena_sv(&act->arena, form_text(&fields[FIELD_TRUST]));
    if (act->input.policies == NULL || act->input.trust.ptr == NULL)
        return arena_err(&act->arena, err);
    if (fields[FIELD_CHOICE].chosen == ADMINISTRATOR)
        return add_policy(act, sv_of(b->admin), err);
    if (fields[FIELD_CHOICE].chosen == AS_THEY_ARE)
        return ERR_OK;
    for (struct sv word = next_word(&rest); word.len > 0 && !rc; word = next_word(&rest))
        rc = add_policy(act, word, err);
    return rc;
}
