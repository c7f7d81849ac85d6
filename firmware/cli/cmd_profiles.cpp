#include <CLI/CLI.hpp>
#include <memory>

#include "cli/profiles.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

struct Arguments {
  std::vector<std::string> folders;
  std::string name;
  std::vector<std::string> files;
  ImportCommand import;
  NewProfile fresh;
  int address_base = -1;
  int unit = -1;
  int model_offset = -1;
};

ImportCommand import_command(const Arguments& given) {
  auto command = given.import;
  if (given.address_base >= 0) command.options.address_base = given.address_base;
  if (given.unit >= 0) command.options.unit = given.unit;
  if (given.model_offset >= 0) command.options.model_offset = given.model_offset;
  return command;
}

void add_import_details(CLI::App& sub, Arguments& given) {
  auto& command = given.import;
  auto& options = command.options;
  sub.add_option("--address-base", given.address_base, tr("EdgeX, CSV: what the first register is called"))
      ->check(CLI::IsMember({0, 1}));
  sub.add_flag("--plain-addresses", options.plain_addresses,
               tr("CSV: 40001 is an address, not the first holding register"));
  sub.add_option("--register", command.kind, tr("CSV without a column for it: the kind of registers"))
      ->check(CLI::IsMember({"coil", "discrete", "holding", "input"}));
  sub.add_option("--order", command.order, tr("CSV without a column for it: bytes on the wire, most significant A"))
      ->check(CLI::IsMember({"ABCD", "CDAB", "BADC", "DCBA"}));
  sub.add_option("--unit", given.unit, tr("Telegraf: of several devices the one with this slave_id"))
      ->check(CLI::Range(0, 255));
  sub.add_option("--section", options.section, tr("Telegraf: of several [[inputs.modbus]] the one with this name"));
  sub.add_option("--base", options.base, tr("SunSpec: address of the marker SunS"))
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  sub.add_option("--model-offset", given.model_offset, tr("SunSpec: registers from the marker to the model's ID"))
      ->check(CLI::Range(0, 65535));
  sub.add_option("--scale-factors", command.scale_factors, tr("SunSpec: NAME=VALUE as read from the device"))
      ->delimiter(',');
  sub.add_option("--counts", command.counts, tr("SunSpec: NAME=VALUE, how often a group stands in the device"))
      ->delimiter(',');
  sub.add_flag("--bits", options.bits, tr("SunSpec: a truth for each named bit of a bit field"));
}

void add_import(CLI::App& parent, std::shared_ptr<Arguments> given, std::function<int()>& chosen) {
  auto* sub =
      parent.add_subcommand("import", tr("Turn a device map of EdgeX, Telegraf, SunSpec or a CSV into a profile"));
  auto& command = given->import;
  sub->add_option("files", command.files, tr("Files to import"))->required();
  sub->add_option("--format", command.format, tr("What the files are, when their names do not say it"))
      ->check(CLI::IsMember({"edgex", "telegraf", "sunspec", "csv"}));
  sub->add_option("--out", command.out,
                  tr("Where to write: a file, or a folder for several (default: standard output)"));
  sub->add_flag("--force", command.force, tr("Overwrite a file that is there"));
  sub->add_option("--family", command.options.family, tr("Driver family of the profile"))->capture_default_str();
  sub->add_option("--name", command.options.name, tr("Name of the profile (default: as the file says)"));
  sub->add_flag("--with-writes", command.options.writes, tr("Points that the source calls writable may be commanded"));
  add_import_details(*sub, *given);
  sub->callback([given, &chosen] { chosen = [given] { return profiles_import(import_command(*given)); }; });
}

void add_new(CLI::App& parent, std::shared_ptr<Arguments> given, std::function<int()>& chosen) {
  auto* sub = parent.add_subcommand("new", tr("Write a profile to be filled in, with comments"));
  sub->add_option("family", given->fresh.family, tr("Driver family: generic for a Modbus device of no other family"))
      ->required();
  sub->add_option("name", given->fresh.name, tr("Name of the profile: small letters, digits and hyphens"))->required();
  sub->add_option("--out", given->fresh.out, tr("Where to write (default: NAME.yaml)"));
  sub->add_flag("--force", given->fresh.force, tr("Overwrite a file that is there"));
  sub->callback([given, &chosen] { chosen = [given] { return profiles_new(given->fresh); }; });
}

}  // namespace

void add_profiles(CLI::App& app, const Common& common, std::function<int()>& chosen) {
  auto* profiles =
      app.add_subcommand("profiles", tr("Device profiles: list, show, check, new, import (no daemon needed)"));
  profiles->require_subcommand(1);
  auto given = std::make_shared<Arguments>();

  auto* list = profiles->add_subcommand("list", tr("The profiles that are installed"));
  list->add_option("--dir", given->folders, tr("A folder to look in, as often as needed (or $WAYSIDE_PROFILES)"))
      ->allow_extra_args(false);
  list->add_option("name", given->name, tr("Only those whose name has this in it"));
  list->callback([given, &common, &chosen] {
    chosen = [given, &common] { return profiles_list(common, given->folders, given->name); };
  });

  auto* show = profiles->add_subcommand("show", tr("The points of a profile"));
  show->add_option("name", given->name, tr("Name of a profile, or a file"))->required();
  show->add_option("--dir", given->folders, tr("A folder to look in, as often as needed (or $WAYSIDE_PROFILES)"))
      ->allow_extra_args(false);
  show->callback([given, &common, &chosen] {
    chosen = [given, &common] { return profiles_show(common, given->folders, given->name); };
  });

  auto* check = profiles->add_subcommand("check", tr("Tell every problem of profile files"));
  check->add_option("files", given->files, tr("Files to check; a folder: the profiles in it"))->required();
  check->callback([given, &chosen] { chosen = [given] { return profiles_check(given->files); }; });

  add_new(*profiles, given, chosen);
  add_import(*profiles, given, chosen);
}

}  // namespace wayside::cli
