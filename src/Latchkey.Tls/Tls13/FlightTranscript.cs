using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tls13;

/// <summary>The transcript of a server flight, put together from the question and whoever answered it.</summary>
internal static class FlightTranscript
{
    /// <summary>Through the last of the parameters: what the signature covers. The caller disposes it.</summary>
    public static Transcript ThroughParameters(Tls13Question question, ReadOnlySpan<byte> serverShare)
    {
        var messages = question.Transcript.Fork();
        messages.Append(ServerHello13.Complete(question.ServerHelloPrefix, serverShare));
        foreach (var message in question.Parameters)
            messages.Append(message);
        return messages;
    }

    /// <summary>Through the server's Finished. The caller disposes it.</summary>
    public static Transcript ThroughFinished(Tls13Question question, Tls13Answer answer)
    {
        var messages = ThroughParameters(question, answer.ServerShare.Span);
        if (question.Scheme is { } scheme)
            messages.Append(CertificateVerify.Encode(scheme, answer.Signature.Span));
        messages.Append(Finished.Encode(answer.VerifyData.Span));
        return messages;
    }
}
