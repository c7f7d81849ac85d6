// The checks of this machine: its clock, its disk, its serial adapters.
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>

#include "cli/checkup.hpp"
#include "cli/output.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

namespace fs = std::filesystem;

// The first line of a file of /sys; none: it is not there.
std::optional<std::string> line_of(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) return std::nullopt;
  return line;
}

std::optional<int> number_of(std::string_view text, int base = 10) {
  if (base == 16 && text.starts_with("0x")) text.remove_prefix(2);
  int out = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), out, base);
  if (end.ec != std::errc()) return std::nullopt;
  return out;
}

Found check_space(const std::string& folder) {
  constexpr std::uint64_t kFew = std::uint64_t{256} << 20U;
  constexpr std::uint64_t kVeryFew = std::uint64_t{64} << 20U;
  Found out{"disk", folder, Health::ok, "", ""};
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) {
    out.verdict = Health::fault;
    out.what = tr("the folder of the store cannot be looked at");
    out.remedy = tr("make it, and give it to the daemon's user");
    return out;
  }
  const auto free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  out.what = tr_format("{} left of {}", bytes_for_people(free),
                       bytes_for_people(std::uint64_t{disk.f_blocks} * disk.f_frsize));
  if ((disk.f_flag & ST_RDONLY) != 0) {
    out.verdict = Health::fault;
    out.what = tr("mounted read only: nothing can be kept");
    out.remedy =
        tr("look into the kernel's log for errors of the disk (`dmesg`); a worn card goes read only: replace it");
  } else if (free < kFew) {
    out.verdict = free < kVeryFew ? Health::fault : Health::warning;
    out.remedy = tr_format("remove what is not the gateway's (`du -x {}`), or lower `store: {{max_bytes}}`", folder);
  }
  if (disk.f_files > 0 && disk.f_favail < 100) {
    out.verdict = Health::fault;
    out.what += tr(", and no room for more files");
    out.remedy = tr("remove files: the file system has no more inodes");
  }
  return out;
}

// eMMC says how much of its life is used, in tenths (JEDEC eMMC 5.1, EXT_CSD 267 to 269); SD cards say nothing.
Found check_wear(const fs::path& device, const std::string& name) {
  Found out{"wear", name, Health::skipped, tr("the disk does not say how worn it is"), ""};
  if (const auto life = line_of(device / "life_time")) {
    const auto blank = life->find(' ');
    const auto a = number_of(life->substr(0, blank), 16).value_or(0);
    const auto b = number_of(blank == std::string::npos ? "0" : life->substr(blank + 1), 16).value_or(0);
    const auto tenths = std::max(a, b);
    if (tenths > 0) {
      out.verdict = tenths >= 10 ? Health::fault : tenths >= 8 ? Health::warning : Health::ok;
      out.what = tenths > 10 ? std::string(tr("its life is used up"))
                             : tr_format("at most {} % of its life is used", tenths * 10);
    }
  }
  if (const auto end = line_of(device / "pre_eol_info"); end && number_of(*end, 16).value_or(0) >= 2) {
    out.verdict = number_of(*end, 16).value_or(0) >= 3 ? Health::fault : std::max(out.verdict, Health::warning);
    if (out.verdict == Health::skipped) out.verdict = Health::warning;
    out.what += tr(", and it says that its spare blocks run out");
  }
  if (out.verdict == Health::warning || out.verdict == Health::fault) {
    out.remedy = tr("replace it at the next visit; what is kept is in the folder of the store");
  }
  return out;
}

}  // namespace

std::string_view to_string(Health verdict) {
  switch (verdict) {
    case Health::ok: return "ok";
    case Health::warning: return "warning";
    case Health::fault: return "fault";
    case Health::skipped: return "skipped";
  }
  return "?";
}

Found check_kernel_clock() {
  timex t{};
  const bool good = ::adjtimex(&t) != TIME_ERROR && (t.status & STA_UNSYNC) == 0;
  Found out{"clock", "", Health::ok, tr_format("the kernel says that it is right within {} ms", t.maxerror / 1000), ""};
  if (good) return out;
  out.verdict = Health::warning;
  out.what = tr("the kernel does not say that its clock is synchronised");
  out.remedy =
      tr("see to NTP (`timedatectl status`), or let the site vouch for a battery clock (`clock: {trust: rtc}`)");
  return out;
}

std::vector<Found> check_disk(const std::string& store_path, const std::string& root) {
  if (store_path.empty()) return {};
  auto folder = fs::path(store_path).parent_path().string();
  if (folder.empty()) folder = ".";
  std::vector<Found> out{check_space(folder)};
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fs::path(root) / "sys/block", error)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("mmcblk") && name.find("boot") == std::string::npos) {
      out.push_back(check_wear(entry.path() / "device", name));
    }
  }
  return out;
}

Found check_adapter(const control::v1::BusUse& bus, const std::string& root) {
  Found out{"adapter", bus.bus(), Health::ok, "", ""};
  std::error_code error;
  const auto device = fs::canonical(bus.port(), error);
  if (error) {
    out.verdict = Health::fault;
    out.what = tr_format("{} is not there: {}", bus.port(), error.message());
    out.remedy =
        tr("plug the adapter in again and look at /dev/serial/by-id; the name in the configuration must be one of it");
    return out;
  }
  const auto name = device.filename().string();
  const auto timer = line_of(fs::path(root) / "sys/bus/usb-serial/devices" / name / "latency_timer");
  if (!timer) {
    out.what =
        tr_format("{} is there", bus.port()) + (device.string() == bus.port() ? "" : " (" + device.string() + ")");
    return out;
  }
  const auto milliseconds = number_of(*timer).value_or(0);
  out.what = tr_format("{} is there ({}), holds answers back for up to {} ms", bus.port(), name, milliseconds);
  if (milliseconds <= 1) return out;
  out.verdict = Health::warning;
  out.remedy = tr_format(
      "every exchange waits for it; `echo 1 > /sys/bus/usb-serial/devices/{}/latency_timer`, or for "
      "good a udev rule: SUBSYSTEM==\"usb-serial\", ATTR{{latency_timer}}=\"1\"",
      name);
  return out;
}

}  // namespace wayside::cli
