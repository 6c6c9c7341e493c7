"""Why a name of PyTorch's is not here: read only when someone asks for one that is missing."""

from __future__ import annotations

# Names that dlx leaves out, by namespace: {reason: names}.
LEFT_OUT: dict[str, dict[str, str]] = {
    "dlx": {
        "rare or exotic": (
            "addbmm addr as_strided_scatter cdouble cfloat cholesky_inverse combinations conj_physical "
            "diagonal_scatter empty_strided float_power frexp geqrf histogramdd i0 igamma igammac index_reduce lu "
            "lu_solve lu_unpack mvlgamma nonzero_static ormqr pca_lowrank pinverse polygamma put renorm resolve_conj "
            "resolve_neg scalar_tensor select_scatter slice_scatter svd_lowrank triangular_solve vdot"
        ),
        "TorchScript and other internals": (
            "AVG AcceleratorError AggregationType AliasDb AnyType Argument ArgumentSpec AwaitType BenchmarkConfig "
            "BenchmarkExecutionStats Block BoolType BufferDict CallStack Capsule ClassType Code CompilationUnit "
            "CompleteArgumentSpec ComplexType ConcreteModuleType ConcreteModuleTypeBuilder DeepCopyMemoTable "
            "DeviceObjType DictType DisableTorchFunction DisableTorchFunctionSubclass DispatchKey DispatchKeySet "
            "EnumType ErrorReport ExcludeDispatchKeyGuard ExecutionPlan FatalError FileCheck FloatType FunctionSchema "
            "Future FutureType Gradient Graph GraphExecutorState IODescriptor InferredType IntType InterfaceType "
            "JITException ListType LiteScriptModule LockingLogger LoggerBase ModuleDict Node NoneType NoopLogger "
            "NumberType OperatorInfo OptionalType PRIVATE_OPS ParameterDict PyObjectType PyTorchFileReader "
            "PyTorchFileWriter RRefType SUM ScriptClass ScriptClassFunction ScriptDict ScriptDictIterator "
            "ScriptDictKeyIterator ScriptFunction ScriptList ScriptListIterator ScriptMethod ScriptModule "
            "ScriptModuleSerializer ScriptObject ScriptObjectProperty StaticModule StringType Tag TensorType "
            "TracingState TupleType Type USE_GLOBAL_DEPS USE_RTLD_GLOBAL_WITH_LIBTORCH UnionType Use Value fork "
            "import_ir_module import_ir_module_from_buffer merge_type_from_type_comment parse_ir parse_schema "
            "parse_type_comment unify_type_list wait"
        ),
        "autocast internals by device; torch.autocast is enough": (
            "autocast_decrement_nesting autocast_increment_nesting get_autocast_cpu_dtype get_autocast_gpu_dtype "
            "get_autocast_ipu_dtype get_autocast_xla_dtype is_autocast_cache_enabled is_autocast_cpu_enabled "
            "is_autocast_ipu_enabled is_autocast_xla_enabled set_autocast_cache_enabled set_autocast_cpu_dtype "
            "set_autocast_cpu_enabled set_autocast_dtype set_autocast_gpu_dtype set_autocast_ipu_dtype "
            "set_autocast_ipu_enabled set_autocast_xla_dtype set_autocast_xla_enabled"
        ),
        "dtypes without kernels": (
            "bit bits16 bits1x8 bits2x4 bits4x2 bits8 complex32 float4_e2m1fn_x2 float8_e4m3fn float8_e4m3fnuz "
            "float8_e5m2 float8_e5m2fnuz float8_e8m0fnu int1 int2 int3 int4 int5 int6 int7 uint1 uint2 uint3 uint4 "
            "uint5 uint6 uint7"
        ),
        "functional RNN kernels; the nn modules are enough": (
            "gru gru_cell lstm lstm_cell rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell"
        ),
        "functional twins of views": (
            "detach_copy indices_copy select_copy slice_copy slice_inverse split_copy values_copy "
            "view_as_complex_copy view_as_real_copy"
        ),
        "functional twins of views and internal forms": (
            "alias_copy as_strided_copy chalf constant_pad_nd diagonal_copy empty_permuted expand_copy "
            "grid_sampler_2d grid_sampler_3d hash_tensor narrow_copy native_batch_norm native_group_norm "
            "native_layer_norm permute_copy resize_as_ split_with_sizes_copy squeeze_copy t_copy transpose_copy "
            "unbind_copy unfold_copy unsafe_chunk unsafe_split unsqueeze_copy view_copy"
        ),
        "in-place twin: the Tensor method is enough": (
            "abs_ acos_ acosh_ addmv_ alpha_dropout_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ as_strided_ "
            "asin_ asinh_ atan_ atanh_ ceil_ celu_ clamp_ clamp_max_ clamp_min_ clip_ conj_physical_ cos_ cosh_ "
            "deg2rad_ detach_ dropout_ erf_ erfc_ exp2_ exp_ expm1_ fill_ fix_ floor_ frac_ gcd_ i0_ index_put_ lcm_ "
            "ldexp_ log10_ log1p_ log2_ log_ logit_ nan_to_num_ neg_ negative_ rad2deg_ reciprocal_ round_ rrelu_ "
            "rsqrt_ selu_ sigmoid_ sin_ sinc_ sinh_ sqrt_ square_ tan_ tanh_ threshold_ trunc_ xlogy_"
        ),
        "internal forms": (
            "affine_grid_generator batch_norm_backward_elemt batch_norm_backward_reduce batch_norm_elemt "
            "batch_norm_gather_stats batch_norm_gather_stats_with_counts batch_norm_stats batch_norm_update_stats "
            "conv_tbc convolution embedding_renorm_ feature_alpha_dropout feature_alpha_dropout_ feature_dropout "
            "feature_dropout_ grid_sampler max_pool1d_with_indices native_channel_shuffle native_dropout native_norm "
            "norm_except_dim"
        ),
        "legacy typed tensors and storages": (
            "BFloat16Storage BFloat16Tensor BoolStorage BoolTensor ByteStorage ByteTensor CharStorage CharTensor "
            "ComplexDoubleStorage ComplexFloatStorage DeserializationStorageContext DoubleStorage DoubleTensor "
            "FloatStorage FloatTensor HalfStorage HalfTensor IntStorage IntTensor LongStorage LongTensor "
            "QInt32Storage QInt8Storage QUInt2x4Storage QUInt4x2Storage QUInt8Storage SerializationStorageContext "
            "ShortStorage ShortTensor Storage StorageBase TypedStorage UntypedStorage"
        ),
        "old quantization API; dlx brings its own": (
            "choose_qparams_optimized dequantize empty_quantized fake_quantize_per_channel_affine "
            "fake_quantize_per_tensor_affine fused_moving_avg_obs_fake_quant int_repr per_channel_affine "
            "per_channel_affine_float_qparams per_channel_symmetric per_tensor_affine per_tensor_symmetric "
            "q_per_channel_axis q_per_channel_scales q_per_channel_zero_points q_scale q_zero_point qint32 qint8 "
            "qscheme quantize_per_channel quantize_per_tensor quantize_per_tensor_dynamic quantized_batch_norm "
            "quantized_gru quantized_gru_cell quantized_lstm quantized_lstm_cell quantized_max_pool1d "
            "quantized_max_pool2d quantized_max_pool3d quantized_rnn_relu_cell quantized_rnn_tanh_cell quint2x4 "
            "quint4x2 quint8"
        ),
        "other devices, shared memory": (
            "Event Stream StreamObjType ThroughputBenchmark get_device_module is_vulkan_available"
        ),
        "rare, deprecated or internal": (
            "adaptive_max_pool1d alpha_dropout classproperty compiled_with_cxx11_abi cosine_embedding_loss eig "
            "frobenius_norm from_file get_deterministic_debug_mode get_file_path has_lapack has_mkl has_openmp "
            "has_spectral hinge_embedding_loss init_num_threads is_anomaly_check_nan_enabled is_distributed "
            "is_warn_always_enabled jagged legacy_contiguous_format lstsq margin_ranking_loss matrix_rank max_pool3d "
            "nuclear_norm orgqr poisson_nll_loss prepare_multiprocessing_environment "
            "profiler_allow_cudagraph_cupti_lazy_reinit_cuda12 segment_reduce set_deterministic_debug_mode solve "
            "symeig thread_safe_generator triplet_margin_loss unsafe_split_with_sizes while_loop"
        ),
        "sparse tensors": (
            "ccol_indices_copy col_indices_copy crow_indices_copy dsmm hsmm hspmm resize_as_sparse_ row_indices_copy "
            "saddmm smm sparse_bsc sparse_bsc_tensor sparse_bsr sparse_bsr_tensor sparse_compressed_tensor sparse_coo "
            "sparse_coo_tensor sparse_csc sparse_csc_tensor sparse_csr sparse_csr_tensor spmm sspaddmm"
        ),
        "symbolic shapes (torch.compile)": (
            "SymBool SymBoolType SymFloat SymInt SymIntType sym_constrain_range sym_constrain_range_for_size "
            "sym_float sym_fresh_size sym_int sym_ite sym_max sym_min sym_not sym_sqrt sym_sum"
        ),
        "vendor internals": (
            "cudnn_affine_grid_generator cudnn_batch_norm cudnn_convolution cudnn_convolution_add_relu "
            "cudnn_convolution_relu cudnn_convolution_transpose cudnn_grid_sampler cudnn_is_acceptable "
            "fbgemm_linear_fp16_weight fbgemm_linear_fp16_weight_fp32_activation fbgemm_linear_int8_weight "
            "fbgemm_linear_int8_weight_fp32_activation fbgemm_linear_quantize_weight fbgemm_pack_gemm_matrix_fp16 "
            "fbgemm_pack_quantized_matrix miopen_batch_norm miopen_convolution miopen_convolution_add_relu "
            "miopen_convolution_relu miopen_convolution_transpose miopen_ctc_loss miopen_depthwise_convolution "
            "miopen_rnn mkldnn_adaptive_avg_pool2d mkldnn_convolution mkldnn_linear_backward_weights "
            "mkldnn_max_pool2d mkldnn_max_pool3d mkldnn_rnn_layer"
        ),
    },
    "dlx.nn.functional": {
        "rare or exotic": "conv_tbc grouped_mm native_channel_shuffle scaled_grouped_mm scaled_mm",
        "with return_indices=True the function of the plain name gives both": (
            "adaptive_max_pool1d_with_indices adaptive_max_pool2d_with_indices adaptive_max_pool3d_with_indices "
            "fractional_max_pool2d_with_indices fractional_max_pool3d_with_indices max_pool1d_with_indices "
            "max_pool2d_with_indices max_pool3d_with_indices"
        ),
    },
    "dlx.nn": {
        "rare or exotic": (
            "Container CrossMapLRN2d DataParallel LinearCrossEntropyOptions RNNBase RNNCellBase SyncBatchNorm"
        ),
        "deprecated; NLLLoss is enough": "NLLLoss2d",
    },
    "dlx.optim": {
        "rare or exotic": "SparseAdam",
    },
    "dlx.nn.init": {
        "rare or exotic": (
            "constant dirac eye kaiming_normal kaiming_uniform normal orthogonal sparse sparse_ uniform xavier_normal "
            "xavier_uniform"
        ),
    },
    "dlx.nn.utils": {
        "rare or exotic": (
            "clip_grad_norm convert_conv2d_weight_memory_format convert_conv3d_weight_memory_format skip_init"
        ),
    },
    "dlx.nn.utils.parametrize": {
        "rare or exotic": "transfer_parametrizations_and_params type_before_parametrizations",
    },
    "dlx.linalg": {
        "rare or exotic": (
            "cholesky_ex householder_product inv_ex ldl_factor ldl_factor_ex ldl_solve lu lu_factor lu_factor_ex "
            "lu_solve solve_ex tensorinv tensorsolve vander"
        ),
    },
    "dlx.fft": {
        "rare or exotic": "hfft ihfft",
    },
    "dlx.special": {
        "rare or exotic": (
            "airy_ai bessel_j0 bessel_j1 bessel_y0 bessel_y1 chebyshev_polynomial_t chebyshev_polynomial_u "
            "chebyshev_polynomial_v chebyshev_polynomial_w hermite_polynomial_h hermite_polynomial_he "
            "laguerre_polynomial_l legendre_polynomial_p modified_bessel_i0 modified_bessel_i1 modified_bessel_k0 "
            "modified_bessel_k1 scaled_modified_bessel_k0 scaled_modified_bessel_k1 shifted_chebyshev_polynomial_t "
            "shifted_chebyshev_polynomial_u shifted_chebyshev_polynomial_v shifted_chebyshev_polynomial_w "
            "spherical_bessel_j0"
        ),
    },
    "dlx.autograd": {
        "rare or exotic": "NestedIOFunction",
    },
    "dlx.utils.data": {
        "rare or exotic": (
            "DFIterDataPipe DataChunk IterDataPipe MapDataPipe argument_validation functional_datapipe "
            "guaranteed_datapipes_determinism non_deterministic runtime_validation runtime_validation_disabled"
        ),
    },
    "dlx.utils.checkpoint": {
        "rare or exotic": (
            "CheckpointError CheckpointFunction CheckpointPolicy DefaultDeviceType GraphExecGroup SAC_IGNORED_OPS "
            "SelectiveCheckpointContext check_backward_validity create_selective_checkpoint_contexts detach_variable "
            "get_device_states noop_context_fn set_checkpoint_debug_enabled set_checkpoint_early_stop "
            "set_device_states"
        ),
    },
    "dlx.func": {
        "rare or exotic": "debug_unwrap linearize",
    },
}


def absent(module: str, name: str) -> AttributeError:
    """The error for a name that `module` does not have, saying whether it is left out on purpose."""
    text = f"module {module!r} has no attribute {name!r}"
    for reason, names in LEFT_OUT.get(module, {}).items():
        if name in names.split():
            return AttributeError(f"{text}: dlx leaves it out ({reason}).", name=name)
    import sys

    near = _nearest(name, dir(sys.modules.get(module)))
    return AttributeError(f"{text}.{f' Did you mean {near!r}?' if near else ''}", name=name)


def _nearest(name: str, names: list[str]) -> str | None:
    import difflib

    found = difflib.get_close_matches(name, [other for other in names if not other.startswith("_")], n=1, cutoff=0.75)
    return found[0] if found else None
