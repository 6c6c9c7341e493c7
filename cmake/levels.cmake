# ISA levels: names, numbers (DLX_ISA_LEVEL, as in kernels/kernel.h) and compiler flags.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(dlx_known_levels v2 v3 v4 v4bf16)
else()
  set(dlx_known_levels base)
endif()
set(dlx_default_levels ${dlx_known_levels})
set(dlx_level_number_base 1)
set(dlx_level_number_v2 2)
set(dlx_level_number_v3 3)
set(dlx_level_number_v4 4)
set(dlx_level_number_v4bf16 5)
set(dlx_level_flags_base "")
set(dlx_level_flags_v2 -march=x86-64-v2 -mtune=generic)
set(dlx_level_flags_v3 -march=x86-64-v3 -mtune=generic)
set(dlx_level_flags_v4 -march=x86-64-v4 -mtune=generic -mprefer-vector-width=512)
set(dlx_level_flags_v4bf16 ${dlx_level_flags_v4} -mavx512bf16)

# The best level that this machine runs, from what the compiler says of -march=native.
function(dlx_find_machine_level result)
  if(dlx_known_levels STREQUAL base)
    set(${result} base PARENT_SCOPE)
    return()
  endif()
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -march=native -dM -E -x c++ /dev/null OUTPUT_VARIABLE macros ERROR_QUIET)
  set(${result} none PARENT_SCOPE)
  foreach(test "v2 SSSE3 SSE4_2 POPCNT" "v3 AVX2 FMA BMI BMI2 F16C" "v4 AVX512F AVX512BW AVX512CD AVX512DQ AVX512VL"
               "v4bf16 AVX512BF16")
    separate_arguments(features UNIX_COMMAND ${test})
    list(POP_FRONT features level)
    foreach(feature IN LISTS features)
      if(NOT macros MATCHES "__${feature}__ 1")
        return()
      endif()
    endforeach()
    set(${result} ${level} PARENT_SCOPE)
  endforeach()
endfunction()
dlx_find_machine_level(dlx_machine_level)

# The levels asked for, with `native` resolved. v4bf16 holds only matrix products, so native is v4 and v4bf16 where both run.
function(dlx_resolve_levels result wanted)
  if(wanted STREQUAL native)
    if(dlx_machine_level STREQUAL none)
      message(FATAL_ERROR "This machine runs no level that dlx knows (${dlx_known_levels}): DLX_ISA_LEVELS=native is empty.")
    endif()
    string(REPLACE v4bf16 "v4;v4bf16" wanted ${dlx_machine_level})
  endif()
  foreach(level IN LISTS wanted)
    if(NOT level IN_LIST dlx_known_levels)
      message(FATAL_ERROR "DLX_ISA_LEVELS: '${level}' is not a level of this architecture. Known: ${dlx_known_levels}, native.")
    endif()
  endforeach()
  set(${result} ${wanted} PARENT_SCOPE)
endfunction()

# Whether this machine can run what is compiled for `level`.
function(dlx_machine_runs result level)
  set(${result} OFF PARENT_SCOPE)
  if(NOT dlx_machine_level STREQUAL none AND dlx_level_number_${level} LESS_EQUAL dlx_level_number_${dlx_machine_level})
    set(${result} ON PARENT_SCOPE)
  endif()
endfunction()

# Compiles a target for a level, in the namespace dlx::cpu::<level>.
function(dlx_compile_for_level target level)
  target_compile_definitions(${target} PRIVATE DLX_ISA=${level} DLX_ISA_LEVEL=${dlx_level_number_${level}})
  target_compile_options(${target} PRIVATE ${dlx_level_flags_${level}}
    $<$<NOT:$<BOOL:${DLX_SANITIZE}>>:-O3>
    -fwrapv  # tensors of integers wrap around
    # Vector types pass between functions of one file, so their calling convention is nobody else's business.
    -Wno-psabi)
endfunction()
