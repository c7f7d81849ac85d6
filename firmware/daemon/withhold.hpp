// What the role view must not see: the values of points of class `sensitive`. That they are there, their quality and
// their age may be known. Home: core.
#pragma once

#include "control/server.hpp"
#include "daemon/gateway.hpp"

namespace wayside::daemon {

// The same answer, which takes the sensitive out of what it is given. Requires: the gateway outlives this call.
[[nodiscard]] control::Answer without_sensitive(const Gateway& gateway, const control::v1::Request& request,
                                                control::Answer answer);

}  // namespace wayside::daemon
