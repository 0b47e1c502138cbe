using System.IO.Pipelines;

namespace Latchkey.Tls.Driver;

/// <summary>Both directions of the decrypted connection.</summary>
internal sealed record ApplicationPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
