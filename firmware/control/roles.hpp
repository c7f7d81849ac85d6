// Who may ask what at the cabinet: three roles, given by Unix groups. Pure, but for role_of().
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "wayside/control/v1/control.pb.h"

namespace wayside::control {

// Each may what those before it may.
enum class Role : std::uint8_t {
  none,
  view,     // looks: wayside-view
  operate,  // commands devices, handles alarms: wayside-operate
  admin,    // changes what the gateway is: wayside-admin
};

inline constexpr std::string_view kViewGroup = "wayside-view";
inline constexpr std::string_view kOperateGroup = "wayside-operate";
inline constexpr std::string_view kAdminGroup = "wayside-admin";

[[nodiscard]] std::string_view to_string(Role role);
// The group whose members have it; empty for none.
[[nodiscard]] std::string_view group_of(Role role);

// What a request needs.
[[nodiscard]] Role needed(const v1::Request& request);

// The groups of a machine, by number; -1: there is none of that name.
struct RoleGroups {
  std::int64_t view = -1;
  std::int64_t operate = -1;
  std::int64_t admin = -1;

  // Without any of them the socket's own permissions decide, and whoever may open it may everything.
  [[nodiscard]] bool any() const { return view >= 0 || operate >= 0 || admin >= 0; }
};
// As the machine has them now: a group that is made later counts from the next connection on.
[[nodiscard]] RoleGroups role_groups();

// `user`, `own`: the caller's and the daemon's account. Root and the daemon's own account may everything.
[[nodiscard]] Role role_of(std::uint32_t user, std::uint32_t own, std::span<const std::uint32_t> groups,
                           const RoleGroups& known);

// "this needs the role operate: root makes `li` a member by: usermod -aG wayside-operate li"
[[nodiscard]] std::string refusal(const std::string& user, Role has, Role needs);

}  // namespace wayside::control
