// SPDX-License-Identifier: Apache-2.0
#include "tests/pipeline/imaging/jpeg2000_encoders.h"

#include <gtest/gtest.h>
#include <openjpeg.h>
#include <openjph/ojph_arch.h>
#include <openjph/ojph_codestream.h>
#include <openjph/ojph_file.h>
#include <openjph/ojph_mem.h>
#include <openjph/ojph_params.h>

#include <cstring>

namespace radfm::imaging::testing {
namespace {

struct Sink {
  std::vector<std::uint8_t> bytes;
  std::size_t at = 0;
};

OPJ_SIZE_T write_sink(void* buffer, OPJ_SIZE_T count, void* data) {
  auto& sink = *static_cast<Sink*>(data);
  if (sink.bytes.size() < sink.at + count) sink.bytes.resize(sink.at + count);
  std::memcpy(sink.bytes.data() + sink.at, buffer, count);
  sink.at += count;
  return count;
}
OPJ_OFF_T skip_sink(OPJ_OFF_T count, void* data) {
  static_cast<Sink*>(data)->at += static_cast<std::size_t>(count);
  return count;
}
OPJ_BOOL seek_sink(OPJ_OFF_T where, void* data) {
  static_cast<Sink*>(data)->at = static_cast<std::size_t>(where);
  return OPJ_TRUE;
}

opj_image_t* opj_image_of(const CodedImage& image) {
  std::vector<opj_image_cmptparm_t> parameters(static_cast<std::size_t>(image.samples));
  for (auto& p : parameters) {
    p = {};
    p.dx = p.dy = 1;
    p.w = static_cast<OPJ_UINT32>(image.columns);
    p.h = static_cast<OPJ_UINT32>(image.rows);
    p.prec = static_cast<OPJ_UINT32>(image.precision);
    p.sgnd = image.is_signed ? 1 : 0;
  }
  opj_image_t* out = opj_image_create(static_cast<OPJ_UINT32>(image.samples), parameters.data(),
                                      image.samples == 3 ? OPJ_CLRSPC_SRGB : OPJ_CLRSPC_GRAY);
  out->x1 = static_cast<OPJ_UINT32>(image.columns);
  out->y1 = static_cast<OPJ_UINT32>(image.rows);
  const auto samples = static_cast<std::size_t>(image.samples);
  for (std::size_t i = 0; i < image.values.size(); ++i) {
    out->comps[i % samples].data[i / samples] = static_cast<OPJ_INT32>(image.values[i]);
  }
  return out;
}

}  // namespace

std::vector<std::uint8_t> jpeg_2000(const CodedImage& image, bool whole_file) {
  Sink sink;
  opj_cparameters_t parameters;
  opj_set_default_encoder_parameters(&parameters);
  parameters.tcp_numlayers = 1;
  parameters.cp_disto_alloc = 1;
  parameters.numresolution = 3;
  parameters.tcp_mct = image.samples == 3 ? 1 : 0;
  opj_image_t* source = opj_image_of(image);
  opj_codec_t* codec = opj_create_compress(whole_file ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K);
  opj_stream_t* stream = opj_stream_default_create(OPJ_FALSE);
  opj_stream_set_write_function(stream, write_sink);
  opj_stream_set_skip_function(stream, skip_sink);
  opj_stream_set_seek_function(stream, seek_sink);
  opj_stream_set_user_data(stream, &sink, nullptr);
  EXPECT_TRUE(opj_setup_encoder(codec, &parameters, source) && opj_start_compress(codec, source, stream) &&
              opj_encode(codec, stream) && opj_end_compress(codec, stream));
  opj_stream_destroy(stream);
  opj_destroy_codec(codec);
  opj_image_destroy(source);
  return sink.bytes;
}

std::vector<std::uint8_t> high_throughput_jpeg_2000(const CodedImage& image, bool rpcl) {
  ojph::codestream stream;
  ojph::param_siz siz = stream.access_siz();
  siz.set_image_extent(
      ojph::point(static_cast<ojph::ui32>(image.columns), static_cast<ojph::ui32>(image.rows)));
  siz.set_num_components(static_cast<ojph::ui32>(image.samples));
  for (ojph::ui32 i = 0; i < static_cast<ojph::ui32>(image.samples); ++i) {
    siz.set_component(i, ojph::point(1, 1), static_cast<ojph::ui32>(image.precision), image.is_signed);
  }
  ojph::param_cod cod = stream.access_cod();
  cod.set_num_decomposition(3);
  cod.set_reversible(true);
  cod.set_color_transform(image.samples == 3);
  cod.set_progression_order(rpcl ? "RPCL" : "LRCP");
  stream.set_planar(image.samples != 3);
  ojph::mem_outfile file;
  file.open();
  stream.write_headers(&file);
  ojph::ui32 component = 0;
  ojph::line_buf* line = stream.exchange(nullptr, component);
  const auto columns = static_cast<std::size_t>(image.columns),
             samples = static_cast<std::size_t>(image.samples);
  std::vector<std::size_t> row(samples, 0);
  for (std::size_t i = 0; i < static_cast<std::size_t>(image.rows) * samples; ++i) {
    const std::size_t sample = component;
    for (std::size_t x = 0; x < columns; ++x) {
      line->i32[x] = static_cast<ojph::si32>(image.values[(row[sample] * columns + x) * samples + sample]);
    }
    ++row[sample];
    line = stream.exchange(line, component);
  }
  stream.flush();
  std::vector<std::uint8_t> out(file.get_data(), file.get_data() + file.tell());
  stream.close();
  return out;
}

}  // namespace radfm::imaging::testing
