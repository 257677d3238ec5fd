#include "core/sandbox/service.h"

static const struct operation operations[] = {
#define OPERATION_ROW(service, name, function, is_signed) {service, name, function, is_signed},
    OPERATION_LIST(OPERATION_ROW)
#undef OPERATION_ROW
};

const struct operation *operation_find(struct sv service, struct sv name)
{
    for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
        const struct operation *o = &operations[i];

        if (sv_eq(name, sv_of(o->name)) && (service.len == 0 || sv_eq(service, sv_of(o->service))))
            return o;
    }
    return NULL;
}
