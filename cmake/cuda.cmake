# The CUDA plugin: a library of its own that the package loads where it is found. It links only libdlx and the static runtime.
enable_language(CUDA)
find_package(CUDAToolkit REQUIRED)
if(NOT CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES 80-real 90-real 90-virtual)
endif()
file(GLOB sources CONFIGURE_DEPENDS src/cuda/*.cu src/cuda/*.cpp)
add_library(dlx_cuda SHARED ${sources})
target_link_libraries(dlx_cuda PRIVATE dlx CUDA::cudart_static)
target_compile_features(dlx_cuda PRIVATE cuda_std_20)
target_compile_options(dlx_cuda PRIVATE
  $<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra,-fvisibility=hidden,-ffp-contract=off,-ftls-model=initial-exec>)
set_target_properties(dlx_cuda PROPERTIES
  CUDA_RUNTIME_LIBRARY Static LIBRARY_OUTPUT_DIRECTORY ${package_dir} BUILD_RPATH_USE_ORIGIN ON INSTALL_RPATH $ORIGIN)
install(TARGETS dlx_cuda LIBRARY DESTINATION dlx)
