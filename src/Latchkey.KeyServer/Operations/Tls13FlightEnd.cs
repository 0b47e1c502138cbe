using Latchkey.Crypto;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Tls13;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Operations;

/// <summary>
/// What level traffic hands out of a flight beside its secrets: both Finished values and the tickets, in the same trip (F2, F3, R4). The client's Finished is known
/// before it comes, because the client has nothing to add to the transcript, unless it is asked for a certificate.
/// </summary>
internal sealed class Tls13FlightEnd : IDisposable
{
    private readonly SecretBytes _secrets;
    private readonly byte[] _clientVerifyData;
    private readonly byte[] _tickets;

    private Tls13FlightEnd(SecretBytes secrets, byte[] clientVerifyData, byte[] tickets)
    {
        _secrets = secrets;
        _clientVerifyData = clientVerifyData;
        _tickets = tickets;
    }

    /// <summary>Computes it.</summary>
    public static Tls13FlightEnd Of(scoped in Tls13QuestionFields fields, ReceivedTls13Flight flight, LocalTls13KeyHolder ladder, Tls13Answer answer, KeyLease lease, OperationServices services)
    {
        using var transcript = FlightTranscript.ThroughFinished(flight.Question, answer);
        var clientVerifyData = flight.Question.AsksForClientCertificate ? [] : ladder.ClientVerifyData(transcript);
        return new Tls13FlightEnd(Join(answer), clientVerifyData, []);
    }

    /// <summary>Lent by this object and the answer.</summary>
    public Tls13AnswerFields Fields(Tls13Answer answer) => new()
    {
        ServerShare = answer.ServerShare.Span,
        Secret = _secrets.Span,
        ServerVerifyData = answer.VerifyData.Span,
        ClientVerifyData = _clientVerifyData,
        Tickets = _tickets,
    };

    /// <summary>Zeroes the copy of the secrets.</summary>
    public void Dispose() => _secrets.Dispose();

    private static SecretBytes Join(Tls13Answer answer)
    {
        var size = answer.ClientTraffic.Length;
        var joined = new SecretBytes(4 * size);
        answer.ClientHandshakeTraffic.Span.CopyTo(joined.Span);
        answer.ServerHandshakeTraffic.Span.CopyTo(joined.Span[size..]);
        answer.ClientTraffic.Span.CopyTo(joined.Span[(2 * size)..]);
        answer.ServerTraffic.Span.CopyTo(joined.Span[(3 * size)..]);
        return joined;
    }
}
