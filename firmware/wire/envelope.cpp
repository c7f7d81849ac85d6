#include "wire/envelope.hpp"

#include "wayside/v1/chunk.pb.h"
#include "wayside/v1/descriptor_set.pb.h"
#include "wayside/v1/notice.pb.h"
#include "wayside/v1/state.pb.h"
#include "wire/encode_alarm.hpp"
#include "wire/fixed_order.hpp"
#include "wire/time_base.hpp"

namespace wayside::wire {
base::Bytes wrap(const ChunkHeader& header, base::ByteView row) {
  v1::Chunk message;
  message.set_gateway(header.gateway.value);
  message.set_epoch(static_cast<std::uint64_t>(header.epoch));
  message.set_stream(static_cast<v1::Stream>(model::stream_number(header.stream)));
  message.set_first_number(header.first);
  message.set_last_number(header.last);
  message.set_boot_id(header.boot.data(), header.boot.size());
  fill_time(*message.mutable_time_base(), header.time);
  message.set_lane(static_cast<v1::Lane>(header.lane));
  message.set_codec(static_cast<v1::Codec>(header.codec));
  message.set_catalogue(header.catalogue.data(), header.catalogue.size());
  message.set_checksum(header.checksum);
  message.set_event_count(header.events);
  message.set_first_offset_us(base::to_us(header.first_offset));
  message.set_last_offset_us(base::to_us(header.last_offset));

  const std::size_t size = message.ByteSizeLong();
  base::Bytes out;
  out.reserve(size + row.size());
  out.resize(size);
  message.SerializeWithCachedSizesToArray(out.data());
  out.insert(out.end(), row.begin(), row.end());
  return out;
}

base::Bytes encode_notice(const NoticeHeader& header, const model::AlarmTransition& alarm) {
  v1::Notice message;
  message.set_gateway(header.gateway.value);
  message.set_boot_id(header.boot.data(), header.boot.size());
  fill_time(*message.mutable_time_base(), header.time);
  message.mutable_event()->set_offset_us(base::to_us(header.at));
  fill_alarm(*message.mutable_event()->mutable_alarm(), alarm);
  return encode_in_fixed_order(message);
}

base::Bytes encode_state(const GatewayState& state) {
  v1::GatewayState message;
  message.set_gateway(state.gateway.value);
  message.set_online(state.online);
  message.set_epoch(static_cast<std::uint64_t>(state.epoch));
  message.set_boot_id(state.boot.data(), state.boot.size());
  message.set_area(state.responsible.area.path());
  for (const auto& name : state.area_names) message.add_area_names(name);
  message.set_department(state.responsible.department);
  message.set_software_version(state.software_version);
  if (state.position) {
    message.set_latitude(state.position->latitude);
    message.set_longitude(state.position->longitude);
  }
  message.set_time_zone(state.time_zone);
  for (const auto& profile : state.profiles) message.add_profiles(profile);
  for (const auto& hash : state.catalogues) message.add_catalogues(hash.data(), hash.size());
  for (const auto& capability : state.capabilities) message.add_capabilities(capability);
  for (const auto& pack : state.rule_packs) {
    auto& one = *message.add_rule_packs();
    one.set_name(pack.name);
    one.set_rules(pack.rules);
    one.set_checksum(pack.checksum);
  }
  message.set_insecure(state.insecure);
  message.set_dictionary(state.dictionary.data(), state.dictionary.size());
  const std::string bytes = message.SerializeAsString();
  return {bytes.begin(), bytes.end()};
}

base::Bytes encode_descriptor_set() {
  const auto bytes = v1::descriptor_set();
  return {bytes.begin(), bytes.end()};
}

}  // namespace wayside::wire
