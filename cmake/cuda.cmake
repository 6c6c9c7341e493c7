# The CUDA plugin: a library of its own that the package loads where it is found. It links only libdlx and the static runtime.
if(NOT CMAKE_CUDA_ARCHITECTURES)  # before the language is enabled, which sets a default
  set(CMAKE_CUDA_ARCHITECTURES 80-real 90-real 90-virtual)
endif()
enable_language(CUDA)
find_package(CUDAToolkit REQUIRED)
file(GLOB sources CONFIGURE_DEPENDS src/cuda/*.cu src/cuda/*.cpp)
add_library(dlx_cuda SHARED ${sources})
target_link_libraries(dlx_cuda PRIVATE dlx CUDA::cudart_static)
target_compile_options(dlx_cuda PRIVATE
  $<$<COMPILE_LANGUAGE:CUDA>:-std=c++20>  # CMake 3.25 does not know cuda_std_20
  # 1835: nvcc does not know the attribute tls_model; -ftls-model says the same to the host's compiler.
  $<$<COMPILE_LANGUAGE:CUDA>:-diag-suppress=1835>
  # On the GPU too products and sums fuse only where the source says fma.
  $<$<COMPILE_LANGUAGE:CUDA>:--fmad=false>
  $<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra,-fvisibility=hidden,-ffp-contract=off,-ftls-model=initial-exec>)
set_target_properties(dlx_cuda PROPERTIES
  CUDA_RUNTIME_LIBRARY Static LIBRARY_OUTPUT_DIRECTORY ${package_dir} BUILD_RPATH_USE_ORIGIN ON INSTALL_RPATH $ORIGIN)
install(TARGETS dlx_cuda LIBRARY DESTINATION dlx)
