using System.Runtime.CompilerServices;

// Every import takes blittable types only; the runtime then needs no marshalling stubs (and NativeAOT no metadata).
[assembly: DisableRuntimeMarshalling]
