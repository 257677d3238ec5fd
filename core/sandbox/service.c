#include "core/sandbox/service.h"

static const struct operation operations[] = {
#define OPERATION_ROW(service, name, function, is_signed)                                          \
    {service, name, function, NULL, is_signed},
    OPERATION_LIST(OPERATION_ROW)
#undef OPERATION_ROW
#define CALL_ROW(service, name, function) {service, name, NULL, function, true},
        CALL_LIST(CALL_ROW)
#undef CALL_ROW
};

static const struct {
    const char *kind;
    later_fn *run;
} laters[] = {
#define LATER_ROW(kind, function) {kind, function},
    LATER_LIST(LATER_ROW)
#undef LATER_ROW
        {NULL, NULL},
};

enum err_code service_do_later(struct service *s, const struct later *later, struct err *err)
{
    for (size_t i = 0; laters[i].kind != NULL; i++) {
        if (strcmp(laters[i].kind, later->kind) == 0)
            return laters[i].run(s, later, err);
    }
    return err_set(err, ERR_FAILED, "nobody knows what to do later as %s", later->kind);
}

int64_t service_quick(const struct service *s, int64_t ms)
{
    int64_t quick = (int64_t)((double)ms / s->world->speed);

    return quick < 1 ? 1 : quick;
}

const struct operation *operation_find(struct sv service, struct sv name)
{
    for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
        const struct operation *o = &operations[i];

        if (sv_eq(name, sv_of(o->name)) && (service.len == 0 || sv_eq(service, sv_of(o->service))))
            return o;
    }
    return NULL;
}
