#include "control/roles.hpp"

#include <array>

#include "support/catch.hpp"

using namespace wayside;  // NOLINT(google-build-using-namespace)
using control::Role;

TEST_CASE("a role comes from the groups; root and the daemon's own account may everything") {
  const control::RoleGroups known{10, 20, 30};
  const std::array<std::uint32_t, 2> view{5, 10};
  const std::array<std::uint32_t, 2> both{20, 10};
  const std::array<std::uint32_t, 1> admin{30};
  CHECK(control::role_of(1000, 900, {}, known) == Role::none);
  CHECK(control::role_of(1000, 900, view, known) == Role::view);
  CHECK(control::role_of(1000, 900, both, known) == Role::operate);
  CHECK(control::role_of(1000, 900, admin, known) == Role::admin);
  CHECK(control::role_of(0, 900, {}, known) == Role::admin);
  CHECK(control::role_of(900, 900, {}, known) == Role::admin);
  CHECK(control::role_of(1000, 900, {}, {}) == Role::admin);
  CHECK(control::role_of(1000, 900, view, {-1, 20, -1}) == Role::none);
}

TEST_CASE("what each request needs") {
  control::v1::Request request;
  request.mutable_status();
  CHECK(control::needed(request) == Role::view);
  request.mutable_write();
  CHECK(control::needed(request) == Role::operate);
  request.mutable_config()->mutable_history();
  CHECK(control::needed(request) == Role::view);
  request.mutable_config()->mutable_apply();
  CHECK(control::needed(request) == Role::admin);
  CHECK(control::refusal("li", Role::view, Role::operate) ==
        "this needs the role operate, and li has the role view; root gives it by: usermod -aG wayside-operate li "
        "(then log in again)");
}
