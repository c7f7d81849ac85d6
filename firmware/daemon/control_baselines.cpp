#include "daemon/control_baselines.hpp"

#include "wire/baseline_message.hpp"

namespace wayside::daemon {
namespace {

namespace v1 = control::v1;
using pipeline::BaselineShare;

void refuse(control::Answer& answer, const std::string& what) {
  v1::Response response;
  response.set_error(what);
  answer(std::move(response));
}

void export_them(BaselineShare& share, const v1::BaselineExportRequest& request, control::Answer answer) {
  share.export_baselines({request.device(), request.point()},
                         [answer = std::move(answer)](base::Result<BaselineShare::Exported> done) mutable {
                           if (!done) return refuse(answer, done.error().what);
                           v1::Response response;
                           auto& out = *response.mutable_baseline_export();
                           wire::fill_baselines(*out.mutable_set(), done->baselines);
                           out.set_empty(static_cast<std::uint32_t>(done->empty));
                           answer(std::move(response));
                         });
}

void fill_kind(const model::BaselineImport::Kind& kind, wayside::v1::ImportedKind& out) {
  out.set_function(kind.kind.function);
  out.set_family(kind.kind.family);
  out.set_profile(kind.kind.profile);
  out.set_gateways(kind.gateways);
  out.set_points(kind.points);
}

void import_them(BaselineShare& share, const v1::BaselineImportRequest& request, const control::Peer& peer,
                 control::Answer answer) {
  auto read = wire::read_baselines(request.set());
  if (!read) return refuse(answer, read.error().what);
  share.import_baselines(std::move(*read), {peer.user, request.by()},
                         [answer = std::move(answer)](base::Result<BaselineShare::Imported> done) mutable {
                           if (!done) return refuse(answer, done.error().what);
                           v1::Response response;
                           auto& out = *response.mutable_baseline_import();
                           for (const auto& kind : done->taken) fill_kind(kind, *out.add_taken());
                           for (const auto& kind : done->unused) fill_kind(kind, *out.add_unused());
                           out.set_started(static_cast<std::uint32_t>(done->started));
                           out.set_kept(static_cast<std::uint32_t>(done->kept));
                           answer(std::move(response));
                         });
}

}  // namespace

bool is_about_baselines(const v1::Request& request) {
  return request.has_baseline_export() || request.has_baseline_import();
}

void handle_baselines(Gateway& gateway, const v1::Request& request, const control::Peer& peer, control::Answer answer) {
  auto* share = gateway.baseline_share();
  if (share == nullptr) return refuse(answer, "the gateway is still starting: try again");
  if (request.has_baseline_export()) return export_them(*share, request.baseline_export(), std::move(answer));
  import_them(*share, request.baseline_import(), peer, std::move(answer));
}

}  // namespace wayside::daemon
