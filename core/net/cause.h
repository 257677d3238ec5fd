/* Why a transfer failed, and the sentence for it. */
#ifndef PENSTOCK_NET_CAUSE_H
#define PENSTOCK_NET_CAUSE_H

#include "core/net/transfer.h"

enum cause {
    CAUSE_DNS,
    CAUSE_PROXY_DNS,
    CAUSE_REFUSED,
    CAUSE_UNREACHABLE,
    CAUSE_CONNECT,
    CAUSE_PROXY_REFUSED,
    CAUSE_DNS_TIMEOUT,
    CAUSE_CONNECT_TIMEOUT,
    CAUSE_TLS_TIMEOUT,
    CAUSE_IDLE_TIMEOUT,
    CAUSE_TOTAL_TIMEOUT,
    CAUSE_TLS,
    CAUSE_TLS_UNKNOWN_CA,
    CAUSE_TLS_NAME,
    CAUSE_TLS_EXPIRED,
    CAUSE_TLS_NOT_YET,
    CAUSE_TLS_REVOKED,
    CAUSE_TLS_BUNDLE,
    CAUSE_CUT,
    CAUSE_NOTHING,
    CAUSE_NOT_HTTP,
    CAUSE_BODY_CAP,
    CAUSE_HEAD_CAP,
    CAUSE_MEMORY,
    CAUSE_OTHER,
};

/* tunnel_status is what the proxy answered, 0 when there was none. */
enum err_code cause_tell(const struct transfer *t, enum cause cause, int tunnel_status,
                         struct err *err);

#endif
