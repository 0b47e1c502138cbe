using System.IO.Pipelines;

namespace Latchkey.Bogo;

/// <summary>A stream as the engine's transport; does not own it.</summary>
internal sealed class StreamTransport(ServerHelloWatch stream) : IDuplexPipe
{
    public byte[] ServerRandom => stream.ServerRandom;

    public PipeReader Input { get; } = PipeReader.Create(stream);

    public PipeWriter Output { get; } = PipeWriter.Create(stream);
}
