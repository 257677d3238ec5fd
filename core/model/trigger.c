#include "core/model/trigger.h"

static struct sv behind_last(struct sv text, char sep)
{
    struct sv rest = text;

    while (rest.ptr != NULL) {
        text = rest;
        (void)sv_cut(text, sep, &rest);
    }
    return text;
}

struct sv trigger_person(struct sv detail)
{
    static const char *const kinds[] = {":user/", ":assumed-role/", ":role/", ":federated-user/"};

    if (!sv_starts(detail, SV("arn:")))
        return SV_NONE;
    if (sv_ends(detail, SV(":root")))
        return SV("root");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (sv_find(detail, sv_of(kinds[i])) >= 0)
            return behind_last(detail, '/');
    }
    return SV_NONE;
}

struct sv trigger_words(struct sv type)
{
    static const struct {
        const char *type;
        const char *words;
    } known[] = {
        {"CreatePipeline", "its creation"},
        {"StartPipelineExecution", "a release"},
        {"PollForSourceChanges", "a change that was polled"},
        {"Webhook", "a push"},
        {"WebhookV2", "a push or pull request"},
        {"CloudWatchEvent", "an event"},
        {"PutActionRevision", "a new revision"},
        {"ManualRollback", "a rollback"},
        {"AutomatedRollback", "an automatic rollback"},
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (sv_eq(type, sv_of(known[i].type)))
            return sv_of(known[i].words);
    }
    return type;
}
