#include "control/roles.hpp"

#include <fmt/format.h>
#include <grp.h>

#include <algorithm>
#include <array>

namespace wayside::control {
namespace {

std::int64_t number_of(std::string_view name) {
  std::array<char, 16 * 1024> buffer{};
  group entry{};
  group* found = nullptr;
  const std::string text(name);
  if (::getgrnam_r(text.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return -1;
  return found->gr_gid;
}

Role needed_of(const v1::ConfigRequest& request) {
  switch (request.verb_case()) {
    case v1::ConfigRequest::kDiff:
    case v1::ConfigRequest::kHistory:
    case v1::ConfigRequest::VERB_NOT_SET: return Role::view;
    case v1::ConfigRequest::kShow: return Role::operate;
    case v1::ConfigRequest::kApply:
    case v1::ConfigRequest::kConfirm:
    case v1::ConfigRequest::kGiveUp: return Role::admin;
  }
  return Role::admin;
}

}  // namespace

std::string_view to_string(Role role) {
  switch (role) {
    case Role::none: return "none";
    case Role::view: return "view";
    case Role::operate: return "operate";
    case Role::admin: return "admin";
  }
  return "?";
}

std::string_view group_of(Role role) {
  switch (role) {
    case Role::none: break;
    case Role::view: return kViewGroup;
    case Role::operate: return kOperateGroup;
    case Role::admin: return kAdminGroup;
  }
  return "";
}

Role needed(const v1::Request& request) {
  switch (request.request_case()) {
    case v1::Request::kStatus:
    case v1::Request::kDevices:
    case v1::Request::kAlarms:
    case v1::Request::kTail:
    case v1::Request::kAssets:
    case v1::Request::kQuality:
    case v1::Request::kBuses:
    case v1::Request::kCheckCommand:
    case v1::Request::kHolds:
    case v1::Request::kAlarmHistory:
    case v1::Request::kAlarmKpi:
    case v1::Request::kPoints:
    case v1::Request::kTime:
    case v1::Request::kVersion:
    case v1::Request::kWhy:
    case v1::Request::kCheckup:
    case v1::Request::kHistory:
    case v1::Request::kRules:
    case v1::Request::REQUEST_NOT_SET: return Role::view;
    case v1::Request::kCapture:
    case v1::Request::kRead:
    case v1::Request::kBusRead:
    case v1::Request::kWrite:
    case v1::Request::kHold:
    case v1::Request::kRelease:
    case v1::Request::kAlarmOrder:
    case v1::Request::kBaselineExport:
    case v1::Request::kAudit: return Role::operate;
    case v1::Request::kBaselineImport: return Role::admin;
    case v1::Request::kConfig: return needed_of(request.config());
  }
  return Role::admin;
}

RoleGroups role_groups() { return {number_of(kViewGroup), number_of(kOperateGroup), number_of(kAdminGroup)}; }

Role role_of(std::uint32_t user, std::uint32_t own, std::span<const std::uint32_t> groups, const RoleGroups& known) {
  if (user == 0 || user == own || !known.any()) return Role::admin;
  const auto in = [&groups](std::int64_t group) {
    return group >= 0 && std::ranges::find(groups, static_cast<std::uint32_t>(group)) != groups.end();
  };
  if (in(known.admin)) return Role::admin;
  if (in(known.operate)) return Role::operate;
  return in(known.view) ? Role::view : Role::none;
}

std::string refusal(const std::string& user, Role has, Role needs) {
  const auto may = has == Role::none ? std::string("has no role here") : fmt::format("has the role {}", to_string(has));
  return fmt::format("this needs the role {0}, and {1} {2}; root gives it by: usermod -aG {3} {1} (then log in again)",
                     to_string(needs), user, may, group_of(needs));
}

}  // namespace wayside::control
